# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What one more idle session costs, and what a flood into a terminal that nobody reads does to its relay."""

import contextlib
import itertools
import os
import pathlib
import tempfile
import time

from bare_machine import descendants
from figures import Row
from running import processes_of, state_of, status_of
from terminal import FLOOD, in_terminal

MEBIBYTE = 1 << 20
GROWTHS = 5


def proportional_set_size(pids):
    """Of all of them, in MiB; None when the kernel does not show it to this user (a room's processes belong to another one)."""
    size = 0
    for pid in pids:
        try:
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            continue
        except (PermissionError, ProcessLookupError):
            return None
        size += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return size


def one_more(runner):
    """The growth of the whole, when sessions are added to two of the same template, one by one: what they share is nobody's."""
    with contextlib.ExitStack() as sessions:
        directories = [sessions.enter_context(runner.session()) for _ in range(2)]
        sizes = [settled_size(pid for directory in directories for pid in processes_of(directory))]
        for _ in range(GROWTHS):
            directories.append(sessions.enter_context(runner.session()))
            sizes.append(settled_size(pid for directory in directories for pid in processes_of(directory)))
        disks = [allocated(directory) / MEBIBYTE for directory in directories[-GROWTHS:]]
    rows = [Row("disk of one more idle fork", "MiB", disks, limit=1)]
    if None in sizes:
        return rows, ["memory of one more fork: the kernel shows it to root alone; run scripts/bench as root"]
    return [Row("memory of one more idle fork (PSS, all processes)", "MiB", growths(sizes), "QEMU of the bare script", bare_growths(runner), limit=85), *rows], []


def settled_size(pids):
    """A guest that has just started still does things."""
    time.sleep(3)
    return proportional_set_size(pids)


def growths(sizes):
    return [after - before for before, after in itertools.pairwise(sizes)]


def bare_growths(runner):
    machine = runner.bare_machine()
    sizes = []
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch, contextlib.ExitStack() as machines:
        for number in range(2 + GROWTHS):
            machines.enter_context(machine.started(pathlib.Path(scratch) / str(number)))
            if number > 0:
                sizes.append(settled_size(descendants(os.getpid())))
    return growths(sizes)


def allocated(directory):
    return sum(path.lstat().st_blocks * 512 for path in [directory, *directory.rglob("*")])


def flood(runner):
    """The guest writes a gibibyte; the terminal takes nothing for a while, then all of it, or as much as there is time for."""
    known = set(runner.session_ids())
    command = [runner.options.agentbox, "run", "--base", runner.options.base, runner.project, "--", "sh", "-c", FLOOD.format(size=1 << 30)]
    with in_terminal(command) as terminal:
        terminal.read_until(b"x" * 79)  # behind the lines of the start
        directory = runner.directory_of((set(runner.session_ids()) - known).pop())
        relay = state_of(directory)["launcher"]["pid"]
        time.sleep(runner.options.stall)
        deadline = time.monotonic() + runner.options.stall
        received = 0
        while time.monotonic() < deadline and (data := terminal.read()):
            received += len(data)
        peak = status_of(relay, "VmHWM") / MEBIBYTE
        terminal.write(b"\r~.")  # leaves at once
        while terminal.read():
            pass
    return [Row("flood of 1 GiB into a stalled terminal: memory of the relay (RSS, peak)", "MiB", [peak], limit=32,
                note=f"stalled for {runner.options.stall} s, then read for as long: {received / MEBIBYTE:.0f} MiB")]
