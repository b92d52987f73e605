#!/bin/sh
# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
# Stands in for secret-tool: keeps items as files below $HOME/items, by the id attribute. What $HOME/mood says goes wrong:
# hang, noise, locked, absent.
mood=$(cat "$HOME/mood" 2> /dev/null)
echo "$@" >> "$HOME/calls"
case $mood in
  hang) exec sleep 600 ;;
  noise) [ "$1" = lookup ] && exec yes FAKE-NOISE ;;
  absent) echo "secret-tool: The name is not provided" >&2; exit 1 ;;
esac
action=$1
for word in "$@"; do id=$word; done
item="$HOME/items/$(printf %s "$id" | sha256sum | cut -c1-16)"
mkdir -p "$HOME/items"
case $action in
  store)
    [ "$mood" != locked ] || { echo "secret-tool: Cannot create an item in a locked collection" >&2; exit 1; }
    cat > "$item" ;;
  lookup) [ "$mood" != locked ] && [ -e "$item" ] && cat "$item" ;;
  search) [ ! -e "$item" ] || echo "[/1]" ;;
  clear) [ "$mood" != locked ] && [ -e "$item" ] && rm "$item" ;;
esac
