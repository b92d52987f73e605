# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Running agentbox, and looking at what it runs."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

import bare_machine


class Runner:
    def __init__(self, options, project):
        self.options, self.project = options, project

    def command(self, *words, options=()):
        return [self.options.agentbox, *words[:1], "--base", self.options.base, "--json", *options, self.project, "--", *words[1:]]

    def run(self, *words, options=()):
        """Runs a command in a session: seconds to its first byte (to the end, if it prints nothing), to the end, and --json's report."""
        began = time.monotonic()
        with subprocess.Popen(self.command("run", *words, options=options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            os.read(process.stdout.fileno(), 1)
            first_byte = time.monotonic() - began
            _, errors = process.communicate()
            total = time.monotonic() - began
        report = json.loads(errors.decode().rstrip().rsplit("\n", 1)[-1])
        if process.returncode != 0:
            sys.exit(f"bench: {report}")
        return first_byte, total, report

    @contextlib.contextmanager
    def session(self, options=()):
        """A session that does nothing; its directory."""
        known = set(self.session_ids())
        with subprocess.Popen(self.command("run", "sh", "-c", "echo ready; cat", options=options), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            if process.stdout.readline() != b"ready\n":
                sys.exit("bench: a session does not start")
            yield self.directory_of((set(self.session_ids()) - known).pop())
            process.stdin.close()

    def session_ids(self):
        return self.answer("ls", "-q").split()

    def directory_of(self, session):
        return pathlib.Path(self.answer("logs", "--paths", session).split("\n")[0]).parent

    def answer(self, *words):
        return subprocess.run([self.options.agentbox, *words], check=True, capture_output=True, text=True).stdout

    def bare_machine(self):
        """The same fork with nothing of ours about it."""
        with self.session() as directory:
            return bare_machine.BareMachine.of_session(directory)

    @staticmethod
    def configuration():
        """Where the user's own definitions are."""
        if home := os.environ.get("AGENTBOX_HOME"):
            return pathlib.Path(home) / "config"
        return pathlib.Path(os.environ.get("XDG_CONFIG_HOME") or pathlib.Path.home() / ".config") / "agentbox"


def state_of(directory):
    return json.loads((pathlib.Path(directory) / "state.json").read_text(encoding="utf-8"))


def processes_of(directory):
    launcher = state_of(directory)["launcher"]["pid"]
    return [launcher, *bare_machine.descendants(launcher)]


def process_of(directory, program):
    """The session's process that runs this program of ours."""
    return next(pid for pid in processes_of(directory)
                if pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == program[:15])  # the kernel's limit


def status_of(pid, field):
    """A size of /proc/PID/status, in bytes."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(field)
