# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""How soon a session runs, how soon it is gone, and how many can start at once."""

import concurrent.futures
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

from figures import Row
from running import state_of

SCRATCH = "/var/tmp"  # overlays and their templates on one file system


def warm_run(runner):
    """In turn with the least that a fork can be, and with a cold boot of the same image."""
    warm, bare, cold, ends, bare_ends, phases = [], [], [], [], [], {}
    runner.run("true")  # the template may have to be made
    machine = runner.bare_machine()
    with tempfile.TemporaryDirectory(dir=SCRATCH) as scratch:
        for number in range(runner.options.runs):
            bare_seconds, bare_end = bare_run(machine, scratch)
            bare.append(bare_seconds)
            bare_ends.append(bare_end)
            _, total, report = runner.run("true")
            warm.append(total)
            for phase, milliseconds in report["timings_ms"].items():
                phases.setdefault(phase, []).append(milliseconds)
            first_byte, total, _ = runner.run("echo", "x")
            ends.append(total - first_byte)
            if number < runner.options.cold_runs:
                cold.append(runner.run("true", options=["--cold"])[1])
    of_which = ", ".join(f"{phase} {statistics.median(samples):.0f}" for phase, samples in phases.items())
    return [Row("`agentbox run . -- true`, warm template, against a cold boot", "s", warm, "`--cold`", cold, faster_by=30),
            Row("the same, against the bare script", "s", warm, "qemu-img, QEMU, OpenSSH", bare, at_most=1.15, note=f"of which, ms: {of_which}"),
            Row("destroy: the command's last byte to the prompt", "s", ends, "the bare script's QEMU, from `quit`", bare_ends, limit=0.15)]


def bare_run(machine, scratch):
    """Seconds for all of it, and for its last part."""
    began = time.monotonic()
    machine.run(pathlib.Path(scratch) / "bare", ["true"])
    ended = time.monotonic()
    return ended - began, ended - machine.asked_to_quit


def at_once(runner):
    """All of them in parallel; then as many of the bare script."""
    count = runner.options.crowd
    machine = runner.bare_machine()
    with concurrent.futures.ThreadPoolExecutor(count) as pool, tempfile.TemporaryDirectory(dir=SCRATCH) as scratch:
        began = time.monotonic()
        list(pool.map(lambda _: runner.run("true"), range(count)))
        ours = time.monotonic() - began
        began = time.monotonic()
        list(pool.map(lambda number: machine.run(pathlib.Path(scratch) / str(number), ["true"]), range(count)))
        theirs = time.monotonic() - began
    return [Row(f"{count} forks at once, until the last is gone", "s", [ours], f"{count} bare scripts", [theirs], at_most=1.1)]


def small_commands(runner):
    """agentbox --version, and ls with 50 sessions."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as home, runner.session() as directory:
        make_sessions(pathlib.Path(home) / "state/sessions", directory, 50)
        rows = []
        for words, wall_limit, cpu_limit in ((["--version"], 10, None), (["ls"], None, 50)):
            ours, processor, theirs = [], [], []
            for _ in range(10 * runner.options.runs):
                wall, cpu = timed([runner.options.agentbox, *words], {"AGENTBOX_HOME": home, "PATH": "/usr/bin:/bin"})
                ours.append(wall * 1000)
                processor.append(cpu * 1000)
                theirs.append(timed(["git", "--version"], {"PATH": "/usr/bin:/bin"})[0] * 1000)
            what = f"`agentbox {' '.join(words)}`" + (" with 50 sessions" if words == ["ls"] else "")
            rows.append(Row(what, "ms", ours, "`git --version`", theirs, limit=wall_limit))
            rows.append(Row(f"{what}: processor time", "ms", processor, limit=cpu_limit))
    return rows


def make_sessions(sessions, example, count):
    """Copies of a session that runs, each of which ls takes for a live one."""
    text = (example / "state.json").read_text(encoding="utf-8")
    session = state_of(example)["id"]
    for number in range(count):
        directory = sessions / f"run-{number:06}"
        directory.mkdir(parents=True)
        (directory / "state.json").write_text(text.replace(session, directory.name), encoding="utf-8")


def timed(command, environment):
    """Wall and processor seconds of a small program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
