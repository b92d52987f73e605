#!/bin/sh
# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
# Stands in for mmdebstrap: writes what its hooks would, through the same descriptors, or misbehaves.
#   FAKE_LOG         one line is added per run
#   FAKE_MODE        ok | fail | hang (half-way)
set -eu
echo run >> "$FAKE_LOG"
mkdir "$TMPDIR/mmdebstrap.left"
echo "I: half-way"
echo KERNEL > /proc/self/fd/101
case $FAKE_MODE in
  fail)
    echo "E: no such package" >&2
    exit 25
    ;;
  hang)
    echo hanging >> "$FAKE_LOG"
    exec sleep 1000
    ;;
esac
tar -tf /proc/self/fd/103 > "$FAKE_LOG.archive"
printf DISK | dd of=/proc/self/fd/100 conv=notrunc status=none
echo INITRD > /proc/self/fd/102
