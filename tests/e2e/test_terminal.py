# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Interactive sessions, byte by byte: sizes, signals, modes, ways out."""

import hashlib
import json
import os
import pathlib
import re
import select
import signal
import string
import subprocess
import tempfile

from harness import AGENTBOX, AGENTBOX_HOME, HOME, TestCase, alive, environment, eventually, only_session, qemu_of, sessions_on_disk
from terminal import Pty

# Kinds of terminals whose descriptions are not handed over (launcher/session/terminal_type.cpp).
EVERYWHERE = "xterm xterm-256color screen screen-256color tmux tmux-256color linux vt100 vt220 rxvt dumb rxvt-unicode-256color"
# Prints its size at first and then whenever it changes.
WATCH_SIZE = "trap 'stty size' WINCH; stty size; echo ready; while :; do sleep 0.1; done"


class Terminal(TestCase):
    def run_in_pty(self, *words, **how):
        terminal = Pty("run", self.project(), "--", *words, **how)
        self.addCleanup(terminal.__exit__)
        return terminal

    def shell(self, **how):
        """A login shell, at its prompt."""
        terminal = Pty("shell", self.project(), **how)
        self.addCleanup(terminal.__exit__)
        terminal.expect(r"\$ ")
        return terminal

    def assert_restored(self, terminal):
        self.assertEqual(terminal.modes(), terminal.modes_before)


class Size(Terminal):
    def test_the_guest_has_the_size_of_the_terminal_and_follows_it(self):
        terminal = self.run_in_pty("sh", "-c", WATCH_SIZE, columns=100, rows=30)
        terminal.expect("30 100.*ready")
        for columns, rows in ((120, 40), (60, 15)):
            terminal.resize(columns, rows)
            terminal.expect(f"{rows} {columns}\r\n")
        terminal.send("\x03")
        self.assertEqual(terminal.wait(), 128 + signal.SIGINT)

    def test_the_kind_of_terminal_is_handed_on(self):
        """And those that are not handed over, because every guest has them, are there: those of Debian itself, and of usual terminals."""
        terminal = self.run_in_pty("sh", "-c", f"""
            echo is $TERM $COLORTERM; tput cols
            for kind in {EVERYWHERE} alacritty foot konsole vte-256color; do infocmp $kind > /dev/null || echo no $kind; done; echo known
        """, env=environment(TERM="tmux-256color", COLORTERM="24bit"), columns=91)
        terminal.expect("is tmux-256color 24bit\r\n91\r\nknown")
        self.assertEqual(terminal.wait(), 0)

    def test_a_terminal_that_only_the_host_knows(self):
        """Its description is handed over; one that nobody knows is taken for xterm. Ctrl-Z of an agent stops nothing, since nobody could go on with it."""
        entries = HOME / ".terminfo/n"
        entries.mkdir(parents=True, exist_ok=True)
        (entries / "new-terminal").write_bytes(pathlib.Path("/usr/share/terminfo/x/xterm").read_bytes()
                                               if pathlib.Path("/usr/share/terminfo/x/xterm").exists()
                                               else pathlib.Path("/lib/terminfo/x/xterm").read_bytes())
        for kind, seen in (("new-terminal", "new-terminal"), ("unheard-of", "xterm-256color")):
            terminal = self.run_in_pty("sh", "-c", "echo is $TERM; tput cup 3 4 | od -An -c; kill -TSTP 0; echo goes on",
                                       env=environment(TERM=kind))
            terminal.expect(rf"is {seen}\r\n *033 +\[ +4 +; +5 +H.*goes on")
            self.assertEqual(terminal.wait(), 0)


class Keys(Terminal):
    def test_control_keys_are_the_guests(self):
        terminal = self.run_in_pty("sh", "-c", """
            trap 'echo int' INT; trap 'echo quit' QUIT; trap 'echo stop' TSTP; echo ready; while :; do sleep 0.1; done
        """)
        terminal.expect("ready")
        self.assertTrue(terminal.is_raw())
        for key, said in (("\x03", "int"), ("\x1c", "quit"), ("\x1a", "stop"), ("\x03", "int")):
            terminal.send(key)
            terminal.expect(rf"{said}\r\n")
        self.assertIsNone(terminal.process.poll())
        self.assertEqual(self.ok("stop", "last").code, 0)
        self.assertEqual(terminal.wait(), 128 + signal.SIGTERM)

    def test_job_control(self):
        terminal = self.shell()
        # exec: dash starts programs by vfork(2), and a stop between that and the exec would hang both of them.
        terminal.send("sh -c 'echo runs; exec sleep 1000'\r")
        terminal.expect(r"\rruns\r\n")
        terminal.send("\x1a")
        terminal.expect(r"Stopped")
        # Not wait: bash takes a job for stopped, and refuses to exit, until it has heard of its end.
        terminal.send("jobs | wc -l; kill -9 %1; while kill -0 %1; do :; done 2>/dev/null; exit 5\r")
        terminal.expect(r"\r1\r\n")
        self.assertEqual(terminal.wait(), 5)

    def test_a_large_paste_arrives_whole(self):
        """Pastes of megabytes were cut or reordered by a launcher that did not wait for a full terminal."""
        data = (string.ascii_letters * 24000)[:1200000].encode()
        terminal = self.run_in_pty("sh", "-c", f"stty raw -echo; echo ready; head -c {len(data)} | sha256sum")
        terminal.expect("ready")
        terminal.send(data)
        terminal.expect(hashlib.sha256(data).hexdigest())
        self.assertEqual(terminal.wait(), 0)

    def test_characters_beyond_ascii(self):
        terminal = self.shell()
        terminal.send("printf '%s' 'ü文🦊' | od -An -tx1 | tr -d ' \\n'; echo\r")
        terminal.expect("c3bce69687f09fa68a")
        terminal.send("exit\r")
        self.assertEqual(terminal.wait(), 0)

    def test_much_output_is_whole(self):
        terminal = self.run_in_pty("sh", "-c", "seq 1 200000; echo the end")
        terminal.expect("the end\r\n")
        self.assertEqual(terminal.wait(), 0)
        shown = terminal.output.split(b"the end")[0].split()
        self.assertEqual(shown[-200000:], [str(number).encode() for number in range(1, 200001)])


class Restored(Terminal):
    def test_after_a_command_that_ended(self):
        terminal = self.run_in_pty("sh", "-c", "exit 3")
        self.assertEqual(terminal.wait(), 3)
        self.assert_restored(terminal)

    def test_after_a_full_screen_program_that_was_killed(self):
        """An editor that dies leaves the terminal on the other screen, with the mouse reporting; the user would have to type reset."""
        terminal = self.run_in_pty("sh", "-c", r"printf '\033[?1049h\033[?1000h\033[?25l\033[?2004hdrawn'; kill -KILL $$")
        self.assertEqual(terminal.wait(), 128 + signal.SIGKILL)
        self.assert_restored(terminal)
        after = terminal.output.split(b"drawn")[1]
        for sequence in (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?25h", b"\x1b[?2004l"):
            self.assertIn(sequence, after)

    def test_after_a_signal_to_us(self):
        terminal = self.shell()
        os.kill(terminal.pid, signal.SIGTERM)
        self.assertEqual(terminal.wait(), 128 + signal.SIGTERM)
        self.assert_restored(terminal)

    def test_after_the_vm_has_died(self):
        terminal = self.shell()
        os.kill(qemu_of(only_session()).pid, signal.SIGKILL)
        self.assertEqual(terminal.wait(), 125)
        self.assert_restored(terminal)
        self.assertIn(b"connection lost", terminal.output)


class Filtered(Terminal):
    ATTACKS = (r"\033]52;c;cHduZWQ=\007", r"\033P$qm\033\\", r"\033P+q544e\033\\", r"\033[21t", r"\005", r"\033]4;1;?\007",
               r"\033]1337;File=:AAAA\007", r"\033_Gi=1;AAAA\033\\", r"\033[5i", r"\033[?5522h", r"\302\23352;c;YQ==", r"\033]0;endless")

    HARMFUL = (b"52;c;cHdu", b"\x1bP", b"\x1b_", b"21t", b"\x05", b"]4;1", b"1337", b"[5i", b"5522", b"\xc2\x9b", b"endless")

    def test_what_would_harm_the_terminal_stays_in_the_vm(self):
        """And the colour behind it does not. A terminal that nobody reads stops a flood, without the relay growing."""
        attacks = " ".join(f"'{attack}'" for attack in self.ATTACKS)
        terminal = self.run_in_pty(
            "bash", "-c", rf"printf %b {attacks}; printf '\033[32mgreen\033[0m'; read -r; exec yes $'\033[31m{'x' * 200}'")
        terminal.expect(rb"\x1b\[32mgreen\x1b\[0m")
        for harmful in self.HARMFUL:
            self.assertNotIn(harmful, terminal.output)

        before = self.resident(terminal.pid)
        terminal.send("\r")
        eventually(lambda: self.is_full(terminal), "the terminal is full")
        self.assertLess(self.resident(terminal.pid) - before, 64 << 10, "kB more than before")
        terminal.send("\x03")
        self.assertEqual(terminal.wait(), 128 + signal.SIGINT)
        self.assert_restored(terminal)
        shown, _, _ = terminal.output.rpartition(b"agentbox: run-")  # which says how it ended
        self.assertTrue(shown.endswith(b"\x1b[0m"), terminal.output[-200:])

    @staticmethod
    def resident(pid):
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s*(\d+)", status)[1])

    @staticmethod
    def is_full(terminal):
        """Nobody here reads what it holds."""
        return not select.select([], [terminal.terminal], [], 0)[1]

    def test_raw_terminal(self):
        terminal = Pty("run", "--raw-terminal", self.project(), "--", "printf", r"\033]52;c;cHduZWQ=\007")
        self.addCleanup(terminal.__exit__)
        self.assertEqual(terminal.wait(), 0)
        self.assertIn(b"\x1b]52;c;cHduZWQ=\x07", terminal.output)


class Recorded(Terminal):
    SECRET = "a-value-of-the-users-own"

    def cast(self, file):
        """The header, and the events."""
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        header, *events = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        self.assertEqual(header["version"], 2)
        times = [time for time, _, _ in events]
        self.assertEqual(times, sorted(times))
        self.assertNotIn(self.SECRET, file.read_text(encoding="utf-8"))
        return header, events

    @staticmethod
    def shown_in(events):
        return "".join(text for _, kind, text in events if kind == "o")

    def test_a_terminal_a_command_beside_it_and_a_second_look(self):
        """One session, recorded three times: as an asciinema v2 cast, with its sizes, without its secrets and its questions to the terminal."""
        file = pathlib.Path(tempfile.mkdtemp(dir=HOME)) / "session.cast"
        terminal = Pty(f"--record={file}", "--env", f"TOKEN={self.SECRET}", "shell", self.project(), columns=90, rows=25)
        self.addCleanup(terminal.__exit__)
        terminal.expect(r"\$ ")
        terminal.send("printf '%s \\033[6n\\033[31mred\\033[0m\\033[?1000h\\n' \"it is $TOKEN\"\r")
        terminal.expect("it is " + self.SECRET)
        terminal.expect(r"\$ ")
        terminal.resize(120, 40)
        terminal.send("\x1b[1;1R\x15stty size\r")  # with the answer that the question gets
        terminal.expect("40 120")
        session = only_session().name

        beside = Pty("exec", "--record", "last", "--", "sh", "-c", f"tty; echo beside: {self.SECRET}")
        self.addCleanup(beside.__exit__)
        self.assertEqual(beside.wait(), 0)
        beside.expect(r"recorded: .*\.exec\.cast")
        self.ok("exec", "--record", "last", "--", "echo", "in a pipe")
        look = Pty("attach", "--record", "last")
        self.addCleanup(look.__exit__)
        look.send("echo seen by $((1+1))\r")
        look.expect("seen by 2")
        look.send("\r~.")
        self.assertEqual(look.wait(), 0)

        terminal.send("\x15exit\r")
        self.assertEqual(terminal.wait(), 0)
        header, events = self.cast(file)
        self.assertEqual((header["width"], header["height"]), (90, 25))
        self.assertIn("120x40", [text for _, kind, text in events if kind == "r"])
        shown = self.shown_in(events)
        self.assertIn("it is " + "*" * len(self.SECRET), shown)
        self.assertIn("\x1b[31mred\x1b[0m", shown)
        self.assertIn("40 120", shown)
        for harmful in ("\x1b[6n", "\x1b[?1000h"):
            self.assertNotIn(harmful, shown)
        recordings = AGENTBOX_HOME / "data/recordings"
        said = {word: self.shown_in(self.cast(recordings / f"{session}.{word}.cast")[1]) for word in ("exec", "exec-2", "attach")}
        self.assertIn("/dev/pts/", said["exec"])
        self.assertIn("beside: " + "*" * len(self.SECRET), said["exec"])
        self.assertEqual(said["exec-2"], "in a pipe\r\n")
        self.assertIn("seen by 2", said["attach"])

        log = self.ok("logs", session).text
        for told in ("result     succeeded: exit code 0", "==> phases <==", "it is ***", f"agentbox play {session}.exec-2) <==\nin a pipe\n", "seen by 2"):
            self.assertIn(told, log)
        with Pty("play", "--speed", "100", file) as player:
            self.assertEqual(player.wait(), 0)
            self.assert_restored(player)
            self.assertIn(b"it is ***", player.output)

    def test_a_hostile_recording_is_filtered(self):
        """A cast may be anybody's: what a session may not do to the terminal, that may not either."""
        file = pathlib.Path(tempfile.mkdtemp(dir=HOME)) / "hostile.cast"
        attacks = [attack.encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "replace") for attack in Filtered.ATTACKS]
        lines = [{"version": 2, "width": 80, "height": 24}, *([0.1, "o", attack] for attack in attacks), [0.2, "i", "typed"], [0.2, "x", {}]]
        file.write_text("".join(json.dumps(line) + "\n" for line in lines[:-1]) + json.dumps([0.3, "o", "\x1b[?1049h\x1b[?1000h\x1b[6nshown"]) + "\n",
                        encoding="utf-8")
        with Pty("play", file) as player:
            self.assertEqual(player.wait(), 0)
            self.assert_restored(player)
            for harmful in (*Filtered.HARMFUL, b"\x1b[?1000h", b"\x1b[6n", b"typed"):
                self.assertNotIn(harmful, player.output)
            self.assertIn(b"shown", player.output)


class WayOut(Terminal):
    def test_it_works_while_the_guest_hangs(self):
        """SIGSTOP makes of QEMU what a hung guest is to us: it answers nothing, for ever."""
        terminal = self.shell()
        qemu = qemu_of(only_session())
        os.kill(qemu.pid, signal.SIGSTOP)
        terminal.send("this goes nowhere\r~.")
        self.assertEqual(terminal.wait(), 128 + signal.SIGHUP)
        self.assert_restored(terminal)
        eventually(lambda: not alive(qemu.pid), "the stopped QEMU is gone")
        self.assertEqual(sessions_on_disk(), [])

    def test_a_tilde_elsewhere_is_a_tilde(self):
        terminal = self.shell()
        terminal.send("echo a~.b ~~ | tr b c\r")
        terminal.expect(r"\ra~\.c ~~\r\n")
        terminal.send("exit\r")
        self.assertEqual(terminal.wait(), 0)

    def test_closing_the_window(self):
        terminal = self.shell()
        qemu = qemu_of(only_session())
        terminal.hang_up()
        self.assertEqual(terminal.process.wait(timeout=60), 128 + signal.SIGHUP)
        eventually(lambda: not alive(qemu.pid), "its VM is gone")


class HalfATerminal(Terminal):
    def test_output_into_a_pipe_is_not_mixed_with_anything(self):
        """`agentbox run ... | tee log` typed at a prompt: no PTY then, or the log would be full of \\r and escapes."""
        with Pty("ls") as terminal:  # just for its terminal
            result = subprocess.run([AGENTBOX, "run", self.project(), "--", "sh", "-c", "echo out; echo err >&2; test -t 1"],
                                    stdin=terminal.terminal, capture_output=True, timeout=400, check=False)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (1, b"out\n", b"err\n"))
