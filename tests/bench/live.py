# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What it takes to save a session that runs, and how soon another one goes on from there."""

import json
import os
import tempfile
import time

from figures import Row

TOUCHED = 300  # MiB of memory that the session has written
TOUCH = f"import os; f = open('/dev/shm/x', 'wb'); [f.write(os.urandom(1 << 20)) for _ in range({TOUCHED})]"


def measure(runner):
    """Each snapshot in turn with a file of as many bytes that is written and synced; each fork of it with a session of the template."""
    taken, still, written, forked, fresh = [], [], [], [], []
    names = [f"agentbox-bench-{number}" for number in range(max(3, runner.options.runs // 3))]
    session = detached(runner, "run", *machine_of(runner), "--workspace", "none", "--", "sleep", "infinity")
    try:
        runner.answer("exec", session, "--", "python3", "-c", TOUCH)
        for name in names:
            began = time.monotonic()
            report = json.loads(runner.answer("snapshot", "take", "--json", session, name))
            taken.append(time.monotonic() - began)
            still.append(report["stood_still_ms"])
            written.append(seconds_to_write(report["written_bytes"]))
            forked.append(timed(runner, "fork", name))
            fresh.append(timed(runner, "--detach", "run", *machine_of(runner), "--workspace", "none", "--", "sleep", "infinity"))
    finally:
        end(runner, session)  # it stands on its snapshots, and each of these on the one before
        for name in reversed(names[:len(taken)]):
            runner.answer("snapshot", "rm", name)
    return [Row(f"`snapshot take`, {TOUCHED} MiB touched", "s", taken, "as many bytes written to a file and synced", written, limit=1.5),
            Row("of which the session stands still", "ms", still),
            Row("`fork` of the snapshot, until it is in the background", "s", forked, "`--detach run` from the template", fresh, at_most=1.1)]


def machine_of(runner):
    return ["--base", runner.options.base]


def detached(runner, *words):
    return runner.answer("--detach", *words).strip()


def end(runner, session):
    runner.answer("stop", session)
    runner.answer("rm", session)


def timed(runner, *words):
    began = time.monotonic()
    session = runner.answer(*words).strip()
    seconds = time.monotonic() - began
    end(runner, session)
    return seconds


def seconds_to_write(size):
    data = os.urandom(1 << 20)
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as file:
        began = time.monotonic()
        for _ in range(size >> 20):
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
        return time.monotonic() - began
