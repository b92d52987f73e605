# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What one more idle session costs, and what a flood into a terminal that nobody reads does to its relay."""

import contextlib
import os
import pathlib
import tempfile
import time

from bare_machine import descendants
from figures import Row
from running import processes_of, state_of, status_of
from terminal import FLOOD, in_terminal

MEBIBYTE = 1 << 20


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
    """The growth of the whole, when a session is added to two of the same template: what they share is nobody's."""
    with contextlib.ExitStack() as sessions:
        directories = [sessions.enter_context(runner.session()) for _ in range(2)]
        settle()
        before = proportional_set_size([pid for directory in directories for pid in processes_of(directory)])
        directories.append(sessions.enter_context(runner.session()))
        settle()
        after = proportional_set_size([pid for directory in directories for pid in processes_of(directory)])
        disk = allocated(directories[-1]) / MEBIBYTE
        machine_only = [pid for pid in processes_of(directories[-1]) if "qemu" in name_of(pid)]
        qemu = proportional_set_size(machine_only)
    rows = [Row("disk of one more idle fork", "MiB", [disk], limit=1)]
    if before is None or after is None:
        return rows, ["memory of one more fork: the kernel shows it to root alone; run scripts/bench as root"]
    bare = bare_growth(runner)
    return [Row("memory of one more idle fork (PSS, all processes)", "MiB", [after - before], "QEMU of the bare script", [bare], limit=85,
                note=f"{qemu:.0f} MiB of it are in QEMU, by its own share"), *rows], []


def settle():
    """A guest that has just started still does things."""
    time.sleep(3)


def bare_growth(runner):
    machine = runner.bare_machine()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch, contextlib.ExitStack() as machines:
        for name in ("one", "two"):
            machines.enter_context(machine.started(pathlib.Path(scratch) / name))
        settle()
        before = proportional_set_size(descendants(os.getpid()))
        machines.enter_context(machine.started(pathlib.Path(scratch) / "three"))
        settle()
        return proportional_set_size(descendants(os.getpid())) - before


def name_of(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
    return ""


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
