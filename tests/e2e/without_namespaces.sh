#!/bin/sh
# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs a command as the same user on a host that refuses user namespaces, as kernel.unprivileged_userns_clone=0 or a container
# does. Nothing of the machine changes: the limit counts in the namespace that is made for it.
exec unshare --user --map-current-user --keep-caps sh -c '
  echo 0 > /proc/sys/user/max_user_namespaces &&
  exec setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$@"' sh "$@"
