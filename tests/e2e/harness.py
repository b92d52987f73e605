# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What all end-to-end tests share: running agentbox, waiting for things, and the checks that follow every test.

Nothing here waits for ever: each wait has a limit that no healthy machine comes near, however loaded it is, and that is not
itself a statement about speed.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import tempfile
import time
import unittest

AGENTBOX = "agentbox"  # the installed one comes first in PATH
HOME = pathlib.Path(os.environ["HOME"])
AGENTBOX_HOME = pathlib.Path(os.environ["AGENTBOX_HOME"])
SESSIONS = AGENTBOX_HOME / "state/sessions"

RUN_LIMIT = 400    # seconds; a cold boot under emulation on a loaded machine took 220
BUILD_LIMIT = 2400
SOON = 60          # what needs no more than a process or two to do something


@dataclasses.dataclass(frozen=True)
class Result:
    command: list
    code: int
    out: bytes
    err: bytes

    @property
    def text(self):
        return self.out.decode(errors="replace")

    @property
    def errors(self):
        return self.err.decode(errors="replace")

    def describe(self):
        def tail(data):
            return data[-4000:].decode(errors="backslashreplace") or "(nothing)\n"
        return (f"$ {shlex.join(map(str, self.command))}\nexit code {self.code}\n--- standard output\n{tail(self.out)}"
                f"--- standard error\n{tail(self.err)}")


def environment(**changes):
    """Ours with changes; None removes a variable."""
    merged = {**os.environ, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def eventually(condition, what, limit=SOON):
    """Waits until condition() gives something true, and returns that."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {limit} s: {what}")
        time.sleep(0.1)


class Background:
    """An agentbox that runs beside the test; its standard error goes to a file."""

    def __init__(self, command, env, cwd, stdin):
        self.command = command
        self._errors = tempfile.TemporaryFile()  # pylint: disable=consider-using-with
        self.process = subprocess.Popen(command, env=env, cwd=cwd, stdin=stdin, stdout=subprocess.PIPE, stderr=self._errors,
                                        start_new_session=True)  # pylint: disable=consider-using-with
        self.pid = self.process.pid
        self._seen = b""
        self._last_errors = b""

    @property
    def err(self):
        if self._errors.closed:
            return self._last_errors
        self._errors.seek(0)
        return self._errors.read()

    def read_line(self):
        """The next line of standard output; b"" at its end."""
        with deadline_for(self, RUN_LIMIT):
            line = self.process.stdout.readline()
        self._seen += line
        return line

    def expect_line(self, expected):
        line = self.read_line()
        if line.rstrip(b"\n").decode() != expected:
            self.end()
            raise AssertionError(f"expected the line {expected!r}, got {line!r}\n{self.result().describe()}")

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def finish(self, limit=RUN_LIMIT):
        """Closes its input, waits for its end."""
        if self.process.stdin:
            self.process.stdin.close()
            self.process.stdin = None
        with deadline_for(self, limit):
            self._seen += self.process.stdout.read()
            self.process.wait()
        return self.result()

    def result(self):
        return Result(self.command, self.process.poll(), self._seen, self.err)

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        """For clean-up: whatever it does, it ends here."""
        self._last_errors = self.err
        self._errors.close()
        end_process(self.process)
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                with contextlib.suppress(OSError):  # what it did not read any more
                    stream.close()


def end_process(process):
    """With a chance to clean up after itself, so that one failed check does not look like many."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def deadline_for(background, limit):
    """A read or wait that takes too long is ended by ending the process it waits for."""
    def on_alarm(*_):
        background.process.kill()
        raise AssertionError(f"nothing after {limit} s\n{background.result().describe()}\n{session_logs()}")
    previous = signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(limit)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def agentbox(*arguments, stdin=b"", env=None, cwd=None, limit=RUN_LIMIT):
    """Runs it to its end. stdin: bytes, or a file."""
    command = [AGENTBOX, *map(str, arguments)]
    source = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    try:
        done = subprocess.run(command, **source, env=env, cwd=cwd or HOME, capture_output=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired as late:
        partly = Result(command, None, late.stdout or b"", late.stderr or b"")
        raise AssertionError(f"nothing after {limit} s\n{partly.describe()}\n{session_logs()}") from None
    return Result(command, done.returncode, done.stdout, done.stderr)


def sessions_on_disk():
    if not SESSIONS.is_dir():
        return []
    return sorted(entry for entry in SESSIONS.iterdir() if not entry.name.startswith("."))


def session_record(directory):
    """state.json, or {} in the moment in which it is not there."""
    with contextlib.suppress(FileNotFoundError):
        return json.loads((directory / "state.json").read_text(encoding="utf-8"))
    return {}


def only_session():
    """The directory of the one session there is, once its command runs."""
    def running():
        directories = sessions_on_disk()
        return len(directories) == 1 and session_record(directories[0]).get("phase") == "running" and directories[0]
    return eventually(running, "one session runs", RUN_LIMIT)


def session_logs():
    """What is known about sessions that are still there, for the report of a failure."""
    text = ""
    for directory in sessions_on_disk():
        for path in sorted(directory.rglob("*")):
            if path.suffix in (".json", ".log"):
                with contextlib.suppress(OSError):
                    tail = path.read_bytes()[-2000:].decode(errors="backslashreplace")
                    text += f"--- {path.relative_to(SESSIONS)}\n{tail}\n"
    return text


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    name: str
    arguments: bytes  # separated by NUL


def processes():
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # "pid (name) state parent ...", where the name may hold anything
                before, after = (entry / "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)
                state, parent = after.split()[:2]
                if state not in "ZX":
                    found[int(entry.name)] = Process(int(entry.name), int(parent), before.split("(", 1)[1],
                                                     (entry / "cmdline").read_bytes())
    return found


def descendants(pid):
    everything = processes()
    found, todo = [], [pid]
    while todo:
        parent = todo.pop()
        children = [process for process in everything.values() if process.parent == parent]
        found += children
        todo += [child.pid for child in children]
    return found


def vm_processes():
    """All processes that belong to VMs of ours: those that name our directory, and what descends from them."""
    everything = processes()
    mine = f"{AGENTBOX_HOME}/".encode()  # other tests run beside this one, with a home of another name
    # Without user namespaces there is no bwrap around QEMU; with it, QEMU's arguments do not name our directory.
    roots = [process for process in everything.values()
             if process.name.startswith(("bwrap", "qemu")) and mine in process.arguments]
    return roots + [process for root in roots for process in descendants(root.pid)]


def qemu_of(directory):
    """The QEMU process of a session."""
    inside = f"{directory}/".encode()
    for root in vm_processes():
        if inside in root.arguments:
            for process in [root, *descendants(root.pid)]:
                if process.name.startswith("qemu"):
                    return process
    return None


def alive(pid):
    return pid in processes()


class TestCase(unittest.TestCase):
    """After each test nothing may be left: no session, no VM. A test that leaves something says so (see forget_sessions)."""

    maxDiff = None

    def setUp(self):
        self.addCleanup(self._check_nothing_left)

    def _check_nothing_left(self):
        left = [directory.name for directory in sessions_on_disk()]
        logs = session_logs() if left else ""
        running = vm_processes()
        self.forget_sessions()
        self.assertEqual(left, [], f"sessions were left behind\n{logs}")
        self.assertEqual(running, [], "processes were left behind")

    def forget_sessions(self):
        for directory in sessions_on_disk():
            agentbox("rm", directory.name)
        for process in vm_processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        eventually(lambda: not vm_processes(), "killed VMs are gone")

    def project(self, name=None, **files):
        """A new directory below the home. files: NAME=content, with _ for the dot: hello_txt="..." """
        parent = HOME / "projects"
        parent.mkdir(exist_ok=True)
        directory = pathlib.Path(tempfile.mkdtemp(prefix="p-", dir=parent))
        if name is not None:
            directory = directory / name
            directory.mkdir(parents=True)
        for file, content in files.items():
            (directory / file.replace("_", ".")).write_text(content, encoding="utf-8")
        return directory

    def ok(self, *arguments, code=0, **how):
        """Runs agentbox and expects this exit code."""
        result = agentbox(*arguments, **how)
        self.assertEqual(result.code, code, result.describe() + session_logs())
        return result

    def start(self, *arguments, env=None, cwd=None, stdin=subprocess.PIPE):
        background = Background([AGENTBOX, *map(str, arguments)], env, cwd or HOME, stdin)
        self.addCleanup(background.end)
        return background

    def start_session(self, project, *options, env=None):
        """A session that lives until its input ends; returns it when its command runs, with its directory."""
        background = self.start("run", *options, project, "--", "sh", "-c", "echo ready; cat", env=env)
        background.expect_line("ready")
        return background, only_session()

    def built_bases(self):
        return [base["name"] for base in json.loads(self.ok("base", "ls", "--json").text) if base["state"] != "not built"]

    def assert_says(self, text, pattern):
        self.assertTrue(re.search(pattern, text, re.MULTILINE), f"does not match {pattern!r}:\n{text}")

    def assert_not_in_memory(self, pid, key):
        """Reads all that is mapped; returns how many bytes that was."""
        size = 0
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in pathlib.Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
                bounds, permissions = line.split()[:2]
                if not permissions.startswith("r"):
                    continue
                start, end = (int(part, 16) for part in bounds.split("-"))
                for at in range(start, end, 1 << 24):
                    with contextlib.suppress(OSError, ValueError, OverflowError):
                        memory.seek(at)
                        data = memory.read(min(1 << 24, end - at))
                        size += len(data)
                        self.assertNotIn(key, data, f"in process {pid} at {at:x}")
        return size

    def assert_nowhere_below(self, directory, key):
        looked_at = 0
        for path in directory.rglob("*"):
            if path.is_file():
                looked_at += 1
                self.assertNotIn(key.encode(), path.read_bytes(), path)
        self.assertGreater(looked_at, 0)

    def assert_silent_about(self, text, secret):
        self.assertNotIn(secret, text)


def result_of(result):
    """The line of JSON that --json promises as the last one on standard error."""
    return json.loads(result.errors.rstrip("\n").rsplit("\n", 1)[-1])
