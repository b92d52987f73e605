# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Commands without a terminal: what goes in, what comes out, how it ends."""

import contextlib
import hashlib
import os
import signal
import subprocess

from harness import AGENTBOX_HOME, HOME, RUN_LIMIT, TestCase, deadline_for, result_of


class Streams(TestCase):
    def test_output_and_error_output_stay_apart(self):
        """And nothing of ours is among them: a script that reads them must not notice that there is a VM."""
        result = self.ok("run", self.project(), "--", "sh", "-c", "echo out; echo err >&2")
        self.assertEqual((result.out, result.err), (b"out\n", b"err\n"))

    def test_arguments_arrive_as_they_are(self):
        words = ["a b", "it's", "", "$HOME", "*", "ü 文", "--json", "-v", 'say "x"', "back\\slash", "new\nline"]
        result = self.ok("run", self.project(), "--", "printf", "%s|", *words)
        self.assertEqual(result.text, "|".join(words) + "|")

    def test_the_end_of_input_is_seen_and_output_still_comes(self):
        result = self.ok("run", self.project(), "--", "sh", "-c", "cat; echo after", stdin=b"input\n")
        self.assertEqual(result.out, b"input\nafter\n")

    def test_no_input_at_all(self):
        with open("/dev/null", "rb") as nothing:
            result = self.ok("run", self.project(), "--", "sh", "-c", "cat; echo done", stdin=nothing)
        self.assertEqual(result.out, b"done\n")

    def test_a_command_that_does_not_read_its_input(self):
        self.ok("run", self.project(), "--", "true", stdin=os.urandom(1 << 20))

    def test_megabytes_there_and_back(self):
        data = os.urandom(5 << 20)
        result = self.ok("run", self.project(), "--", "sh", "-c", "tee copy; sha256sum copy >&2", stdin=data,
                         cwd=self.project())
        self.assertEqual(hashlib.sha256(result.out).digest(), hashlib.sha256(data).digest())
        self.assertEqual(result.errors, f"{hashlib.sha256(data).hexdigest()}  copy\n")

    def test_there_is_no_terminal(self):
        result = self.ok("run", self.project(), "--", "sh", "-c", "tty; test -t 1 || echo none", code=0)
        self.assertEqual(result.text, "not a tty\nnone\n")

    def test_a_shell_reads_its_script_from_a_pipe(self):
        result = self.ok("shell", self.project(), stdin=b"shopt -q login_shell && echo login\nexit 4\n", code=4)
        self.assertEqual(result.out, b"login\n")


class ReaderThatLeaves(TestCase):
    """`agentbox ... | head -1`: the other end of the pipe is closed while the guest still writes for ever."""

    def test_the_run_ends_like_any_other_writer(self):
        endless = self.start("run", self.project(), "--", "yes", stdin=subprocess.DEVNULL)
        endless.expect_line("y")
        endless.process.stdout.close()
        with deadline_for(endless, RUN_LIMIT):
            self.assertEqual(endless.process.wait(), 128 + signal.SIGPIPE)
        endless.process.stdout = None

    def test_one_that_reads_to_the_end_loses_nothing(self):
        result = self.ok("run", self.project(), "--", "sh", "-c", "yes | head -c 300000")
        self.assertEqual(result.out, b"y\n" * 150000)


class ExitCodes(TestCase):
    def test_the_commands_own(self):
        project = self.project()
        for code in (0, 3, 255):
            with self.subTest(code=code):
                self.ok("run", project, "--", "sh", "-c", f"exit {code}", code=code)

    def test_signals(self):
        project = self.project()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(signal=number):
                self.ok("run", project, "--", "sh", "-c", f"kill -{number.value} $$", code=128 + number)

    def test_commands_that_cannot_be_run(self):
        project = self.project(plain_txt="not a program")
        missing = self.ok("run", project, "--", "no-such-program", code=127)
        self.assert_says(missing.errors, "no-such-program")
        forbidden = self.ok("run", project, "--", "./plain.txt", code=126)
        self.assert_says(forbidden.errors, "plain.txt")

    def test_the_time_limit(self):
        project = self.project()
        late = self.ok("run", "--timeout", "3s", project, "--", "sh", "-c", "echo begun; sleep 3600", code=124)
        self.assertEqual(late.out, b"begun\n")
        self.assert_says(late.errors, "timed out")
        self.ok("run", "--timeout", "1h", project, "--", "true")

    def test_a_command_that_says_124_or_125_itself_is_not_taken_for_us(self):
        project = self.project()
        for code in (124, 125):
            with self.subTest(code=code):
                self.assertEqual(self.ok("run", project, "--", "sh", "-c", f"exit {code}", code=code).err, b"")

    def test_our_own_failures(self):
        policies = AGENTBOX_HOME / "config/policies"
        policies.mkdir(parents=True, exist_ok=True)
        broken = policies / "broken.yaml"
        self.addCleanup(broken.unlink)
        broken.write_text("description: x\nnetwrok:\n  mode: offline\n", encoding="utf-8")
        failed = self.ok("run", "--policy", "broken", self.project(), "--", "true", code=125)
        self.assert_says(failed.errors, r"broken\.yaml:2:1: .*netwrok")
        self.assertEqual(failed.out, b"")

    def test_misuse(self):
        for words in (["run", "--no-such-option", "--", "true"], ["no-such-agent"], ["exec", "no-such-session", "--", "true"],
                      ["run", "--cpus", "0", "--", "true"]):
            with self.subTest(words=words):
                wrong = self.ok(*words, code=2)
                self.assertEqual(wrong.out, b"")
                self.assertNotEqual(wrong.err, b"")


class Interrupts(TestCase):
    def start_patient(self):
        """A command that takes an interrupt as a wish to end well."""
        background = self.start("run", self.project(), "--", "sh", "-c",
                                "trap 'echo interrupted; exit 7' INT; echo ready; while :; do sleep 0.1; done")
        background.expect_line("ready")
        return background

    def test_the_first_is_for_the_command(self):
        background = self.start_patient()
        background.signal(signal.SIGINT)
        result = background.finish()
        self.assertEqual((result.code, result.out), (7, b"ready\ninterrupted\n"), result.describe())

    def test_a_second_one_ends_us(self):
        background = self.start("run", self.project(), "--", "sh", "-c", "trap '' INT; echo ready; sleep 3600")
        background.expect_line("ready")
        # Signals that come together are one to the kernel, so this is done until it has had two.
        while background.process.poll() is None:
            background.signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                background.process.wait(1)
        self.assertEqual(background.finish().code, 128 + signal.SIGINT)


class Reports(TestCase):
    def test_json(self):
        result = self.ok("run", "--json", self.project(), "--", "sh", "-c", "echo out; exit 3", code=3)
        self.assertEqual(result.out, b"out\n")
        report = result_of(result)
        self.assertEqual((report["exit_code"], report["outcome"], report["start"], report["kept"]),
                         (3, "exit code 3", "fork", ""))
        self.assertGreater(report["timings_ms"]["connect"], 0)

    def test_json_of_a_failure(self):
        result = self.ok("run", "--json", HOME, "--", "true", code=2)
        report = result_of(result)
        self.assertEqual(report["exit_code"], 2)
        self.assert_says(report["error"], "home directory")

    def test_timings(self):
        result = self.ok("run", "--timings", self.project(), "--", "true")
        self.assertEqual(result.out, b"")
        for phase in ("template", "start QEMU", "restore", "connect", "command", "end"):
            self.assert_says(result.errors, rf"{phase} +\d+ ms")
