# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Sessions that go on without a terminal: detached, attached to, kept."""

import json
import os
import signal

from harness import AGENTBOX, TestCase, eventually, only_session, session_record, sessions_on_disk, vm_processes
from terminal import Pty, Tmux

COUNT = "i=0; while :; do i=$((i+1)); echo count $i; sleep 0.3; done"


class Live(TestCase):
    def detach(self, *words, **how):
        """Starts a session in the background; returns its name."""
        result = self.ok("--detach", *words, **how)
        self.assertEqual(result.text.count("\n"), 1, result.describe())
        return result.text.strip()

    def state(self, name):
        return next((one["state"] for one in json.loads(self.ok("ls", "--json").text) if one["id"] == name), None)

    def attach(self, name, **how):
        terminal = Pty("attach", name, **how)
        self.addCleanup(terminal.__exit__)
        return terminal


class Detached(Live):
    def test_a_command_in_the_background(self):
        """Its name is all that is printed; it shows what it does to who attaches, and its end to who asks later."""
        project = self.project()
        name = self.detach("run", project, "--", "sh", "-c", "echo begun; read word; echo got $word; echo made > made; exit 7")
        self.assertEqual(self.state(name), "detached")
        self.assertEqual(self.ok("exec", name, "--", "pwd").text.strip(), str(project))
        eventually(lambda: "begun" in self.ok("logs", name).text, "its output is among the logs")
        terminal = self.attach(name)
        terminal.send("this\r")
        terminal.expect("got this")
        self.assertEqual(terminal.wait(), 7)
        eventually(lambda: self.state(name) == "ended", "it has ended")
        self.assertEqual(vm_processes(), [])
        self.assert_says(self.ok("ls").text, "ended: exit code 7")
        self.assert_says(self.ok("logs", name).text, "got this")
        self.assertTrue((project / "made").is_file())
        self.ok("gc")
        self.assertEqual(self.state(name), "ended")
        self.ok("rm", name)
        self.assertEqual(sessions_on_disk(), [])

    def test_stop(self):
        name = self.detach("run", self.project(), "--", "sh", "-c", COUNT)
        self.ok("stop", name)
        self.assertEqual((self.state(name), vm_processes()), ("ended", []))
        self.ok("attach", name, code=2)
        self.ok("rm", name)

    def test_killed(self):
        """The process that holds it dies: so does its VM, and what is left is cleaned up by whatever comes next."""
        name = self.detach("run", self.project(), "--", "sh", "-c", COUNT)
        os.kill(session_record(sessions_on_disk()[0])["launcher"]["pid"], signal.SIGKILL)
        eventually(lambda: not vm_processes(), "its VM is gone")
        self.ok("gc")
        self.assertIsNone(self.state(name))

    def test_its_time_is_limited_all_the_same(self):
        name = self.detach("run", "--timeout", "3s", self.project(), "--", "sh", "-c", COUNT)
        eventually(lambda: self.state(name) == "ended", "its time is over")
        self.assert_says(self.ok("ls").text, "ended: timed out")
        self.ok("rm", name)

    def test_only_what_has_a_terminal_can_be_attached_to(self):
        background, directory = self.start_session(self.project())
        refused = self.ok("attach", directory.name, code=2)
        self.assert_says(refused.errors, "has no terminal")
        self.assertEqual(background.finish().code, 0)


class Attached(Live):
    def test_leave_and_come_back_from_two_terminals(self):
        """A program of the whole screen, left and looked at again from terminals of other sizes: each is drawn in full."""
        project = self.project(poem_txt="".join(f"line {number}\n" for number in range(1, 201)))
        with Tmux(AGENTBOX, "shell", project, columns=80, rows=20) as first:
            first.wait_for(r"\$ *$")
            first.type("less poem.txt")
            first.keys("Enter")
            first.wait_for(r"^line 19$")
            first.keys("Enter")
            first.type("~d")
            self.assertEqual(first.wait(), 0)
            self.assert_says(first.screen(), "agentbox attach shell-")
        name = sessions_on_disk()[0].name
        self.assertEqual(self.state(name), "detached")
        with Tmux(AGENTBOX, "attach", name, columns=70, rows=12) as one:
            one.wait_until(lambda screen: screen.split("\n")[:11] == [f"line {number}" for number in range(2, 13)], "is 11 lines of the poem")
            with Tmux(AGENTBOX, "attach", name, columns=75, rows=9) as two:
                two.wait_until(lambda screen: screen.split("\n")[:8] == [f"line {number}" for number in range(2, 10)], "is 8 lines of the poem")
                one.keys("Space")
                two.wait_for("^line 10$")
                one.type("q")
                two.wait_until(lambda screen: "line 10" not in screen, "is the shell again")
                two.type("echo visible")
                two.keys("Enter")
                one.wait_for("^visible$")
                two.type("~.")
                self.assertEqual(two.wait(), 0)
            one.type("exit 6")
            one.keys("Enter")
            self.assertEqual(one.wait(), 6)
        eventually(lambda: self.state(name) == "ended", "it has ended")
        self.ok("rm", name)

    def test_a_prompt_is_drawn_again(self):
        name = self.detach("shell", self.project())
        terminal = self.attach(name)
        terminal.expect(r"\$ ")
        terminal.send("echo ready$((1)); cat\r")
        terminal.expect("ready1")  # what comes while the shell gives the terminal away would be neither its own nor cat's
        terminal.send("through\r")
        terminal.expect("through\r\nthrough")
        terminal.hang_up()  # takes that terminal away, and nothing else
        terminal.process.wait(timeout=60)
        again = self.attach(name)
        again.send("still\r")
        again.expect("still\r\nstill")
        again.send("\x04exit\r")
        self.assertEqual(again.wait(), 0)
        eventually(lambda: self.state(name) == "ended", "it has ended")
        self.ok("rm", name)


class LostTerminal(Live):
    def test_a_session_that_is_to_be_kept_goes_on(self):
        terminal = Pty("shell", "--on-exit", "keep", self.project())
        terminal.expect(r"\$ ")
        terminal.send("X=still; echo ready$((1))\r")
        terminal.expect("ready1")
        directory = only_session()
        terminal.hang_up()
        terminal.process.wait(timeout=60)
        name = directory.name
        self.assertEqual(self.state(name), "detached")
        again = self.attach(name)
        again.expect(r"\$ ")
        again.send("echo $X here; exit 4\r")
        again.expect("still here")
        self.assertEqual(again.wait(), 4)
        eventually(lambda: self.state(name) == "kept", "its VM is kept")
        # The network, which used to end with the command.
        self.ok("exec", name, "--", "bash", "-c", "exec 3<>/dev/tcp/10.0.2.2/3128")
        self.ok("stop", name)
        self.assertEqual((sessions_on_disk(), vm_processes()), ([], []))


class KeptKeeper(Live):
    def test_a_kept_vm_has_its_network(self):
        result = self.ok("run", "--on-exit", "keep", self.project(), "--", "true")
        name = sessions_on_disk()[0].name
        self.assert_says(result.errors, f"agentbox stop {name}")
        self.ok("exec", name, "--", "bash", "-c", "exec 3<>/dev/tcp/10.0.2.2/3128")
        os.kill(session_record(sessions_on_disk()[0])["launcher"]["pid"], signal.SIGKILL)
        eventually(lambda: not vm_processes(), "its VM dies with the process that keeps it")
        self.ok("rm", name)
