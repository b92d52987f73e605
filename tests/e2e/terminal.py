# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Terminals for tests: Pty gives agentbox a bare one and shows every byte; Tmux a real one and shows the screen."""

import fcntl
import os
import pathlib
import re
import select
import struct
import subprocess
import tempfile
import termios
import time

from harness import AGENTBOX, HOME, RUN_LIMIT, Result, end_process, environment, session_logs


class Pty:
    """agentbox as the foreground program of a new terminal."""

    def __init__(self, *arguments, env=None, columns=80, rows=24, cwd=None):
        self.command = [AGENTBOX, *map(str, arguments)]
        self.output = b""
        self._searched = 0
        # Our own descriptor of the inner end keeps the terminal, and so its modes, alive when the program has ended.
        self.master, self.terminal = os.openpty()
        self.resize(columns, rows)
        self.modes_before = termios.tcgetattr(self.terminal)
        os.set_blocking(self.master, False)
        self.process = subprocess.Popen(
            self.command, stdin=self.terminal, stdout=self.terminal, stderr=self.terminal, env=env, cwd=cwd or HOME,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_process(self.process)
        for end in (self.master, self.terminal):
            if end is not None:
                os.close(end)

    def resize(self, columns, rows):
        """The kernel tells the foreground program by SIGWINCH."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes(self):
        return termios.tcgetattr(self.terminal)

    def is_raw(self):
        return not self.modes()[3] & termios.ICANON

    def send(self, data, limit=RUN_LIMIT):
        """All of it, reading meanwhile what the other side says, as a terminal does."""
        rest = memoryview(data if isinstance(data, bytes) else data.encode())
        deadline = time.monotonic() + limit
        while rest:
            readable, writable, _ = select.select([self.master], [self.master], [], 1)
            if readable:
                self._read()
            if writable:
                rest = rest[os.write(self.master, rest[:4096]):]
            if time.monotonic() > deadline:
                raise AssertionError(f"the terminal does not take any more input\n{self.describe()}")

    def _read(self):
        try:
            self.output += os.read(self.master, 65536)
        except (BlockingIOError, OSError):
            pass

    def expect(self, pattern, limit=RUN_LIMIT):
        """Waits until it says something like this, after what was waited for before. Returns the match."""
        expression = re.compile(pattern if isinstance(pattern, bytes) else pattern.encode(), re.DOTALL)
        deadline = time.monotonic() + limit
        while True:
            found = expression.search(self.output, self._searched)
            if found:
                self._searched = found.end()
                return found
            ended = self.process.poll() is not None
            readable, _, _ = select.select([self.master], [], [], 0.2)
            if readable:
                self._read()
            elif ended:
                raise AssertionError(f"it ended without saying {pattern!r}\n{self.describe()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"it does not say {pattern!r}\n{self.describe()}\n{session_logs()}")

    def wait(self, limit=RUN_LIMIT):
        """The exit code, when it has ended."""
        deadline = time.monotonic() + limit
        while self.process.poll() is None:
            readable, _, _ = select.select([self.master], [], [], 0.1)
            if readable:
                self._read()
            if time.monotonic() > deadline:
                raise AssertionError(f"it does not end\n{self.describe()}\n{session_logs()}")
        while select.select([self.master], [], [], 0)[0]:
            self._read()
        return self.process.returncode

    def hang_up(self):
        """What closing a terminal's window does."""
        os.close(self.terminal)
        os.close(self.master)
        self.master = self.terminal = None

    def describe(self):
        return Result(self.command, self.process.poll(), self.output, b"").describe()


class Tmux:
    """agentbox, or any program, in a terminal that understands what it prints."""

    CONFIGURATION = """
        set -g default-terminal tmux-256color
        set -g status off
        set -s escape-time 0
    """

    def __init__(self, *command, env=None, columns=100, rows=30, cwd=None):
        self._directory = tempfile.TemporaryDirectory(prefix="tmux-", ignore_cleanup_errors=True)  # pylint: disable=consider-using-with
        self._base = ["tmux", "-S", f"{self._directory.name}/socket", "-f", f"{self._directory.name}/configuration"]
        pathlib.Path(self._directory.name, "configuration").write_text(self.CONFIGURATION, encoding="utf-8")
        # tmux itself (3.3) misses the end of every fifth program or so. The sleep keeps the last screen.
        self._exit_code = pathlib.Path(self._directory.name, "exit-code")
        keep = ["sh", "-c", '"$@"; echo $? > "$0"; exec sleep infinity', str(self._exit_code)]
        self._tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(cwd or HOME), "--",
                   *keep, *map(str, command), env=env or environment())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([*self._base, "kill-server"], check=False, capture_output=True)
        self._directory.cleanup()

    def _tmux(self, *arguments, env=None):
        return subprocess.run([*self._base, *arguments], check=True, capture_output=True, text=True, env=env, timeout=30).stdout

    def screen(self):
        """What a person would see, without the empty lines at the end."""
        return self._tmux("capture-pane", "-p").rstrip()

    def lines(self):
        return self.screen().split("\n")

    def type(self, text):
        self._tmux("send-keys", "-l", "--", text)

    def keys(self, *names):
        self._tmux("send-keys", *names)

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def wait_for(self, pattern, limit=RUN_LIMIT):
        """Until the screen looks like this; returns it."""
        return self._wait(lambda screen: re.search(pattern, screen, re.MULTILINE), f"matches {pattern!r}", limit)

    def wait_until(self, condition, what, limit=RUN_LIMIT):
        return self._wait(condition, what, limit)

    def _wait(self, condition, what, limit):
        deadline = time.monotonic() + limit
        while True:
            screen = self.screen()
            if condition(screen):
                return screen
            if time.monotonic() > deadline or self.exit_code() is not None and not condition(self.screen()):
                raise AssertionError(f"no screen that {what}; it is (exit code {self.exit_code()}):\n{screen}\n{session_logs()}")
            time.sleep(0.2)

    def exit_code(self):
        """None while the program runs."""
        try:
            return int(self._exit_code.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):  # not there, or not yet filled
            return None

    def wait(self, limit=RUN_LIMIT):
        deadline = time.monotonic() + limit
        while self.exit_code() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"it does not end; the screen:\n{self.screen()}\n{session_logs()}")
            time.sleep(0.2)
        return self.exit_code()
