# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Sessions that go on: without a terminal, on others, from snapshots, in forks."""

import json
import os
import re
import secrets
import shutil
import signal
import time

from harness import AGENTBOX, AGENTBOX_HOME, HOME, TestCase, agentbox, environment, eventually, only_session, session_record, sessions_on_disk, vm_processes
from terminal import Pty, Tmux
from test_gateway import ModelService

# In an emulated guest a process is a tenth of a second of work: what goes on in these loops is all bash's own.
COUNT = "exec 3<> <(:); i=0; while :; do i=$((i+1)); echo count $i; read -t 0.3 -u 3; done"


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
        follower = self.start("logs", "--follow", name)
        self.assertIn(b"begun\n", iter(follower.read_line, b""), "its output is told while it runs")
        terminal = self.attach(name)
        terminal.send("this\r")
        terminal.expect("got this")
        self.assertEqual(terminal.wait(), 7)
        eventually(lambda: self.state(name) == "ended", "it has ended")
        told = follower.finish()
        self.assertEqual(told.code, 0, told.describe())
        self.assert_says(told.text, r"(?s)got this\n.*==> over <==\n.*exit code +7\n")
        self.assertEqual(vm_processes(), [])
        self.assert_says(self.ok("ls").text, "ended: exit code 7")
        self.assert_says(self.ok("logs", name).text, "got this")
        self.assertTrue((project / "made").is_file())
        self.ok("gc")
        self.assertEqual(self.state(name), "ended")
        self.ok("rm", name)
        self.assertEqual(sessions_on_disk(), [])

    def test_stop(self):
        name = self.detach("run", self.project(), "--", "bash", "-c", COUNT)
        self.ok("stop", name)
        self.assertEqual((self.state(name), vm_processes()), ("ended", []))
        self.ok("attach", name, code=2)
        self.ok("rm", name)

    def test_killed(self):
        """The process that holds it dies: so does its VM, and what is left is cleaned up by whatever comes next."""
        name = self.detach("run", self.project(), "--", "bash", "-c", COUNT)
        os.kill(session_record(sessions_on_disk()[0])["launcher"]["pid"], signal.SIGKILL)
        eventually(lambda: not vm_processes(), "its VM is gone")
        self.ok("gc")
        self.assertIsNone(self.state(name))

    def test_its_time_is_limited_all_the_same(self):
        name = self.detach("run", "--timeout", "3s", self.project(), "--", "bash", "-c", COUNT)
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
        directory = sessions_on_disk()[0]
        name = directory.name
        self.assertEqual(self.state(name), "detached")
        with Tmux(AGENTBOX, "attach", name, columns=70, rows=12) as one:
            one.wait_until(lambda screen: screen.split("\n")[:11] == [f"line {number}" for number in range(2, 13)], "is 11 lines of the poem")
            with Tmux(AGENTBOX, "attach", name, columns=75, rows=9) as two:
                two.wait_until(lambda screen: screen.split("\n")[:8] == [f"line {number}" for number in range(2, 10)], "is 8 lines of the poem")
                # It is drawn a line shorter and once more, to be drawn in full; less loses a key that comes together with a change of size.
                log = directory / "output.log"
                eventually(lambda: re.search(rb"line 8\s+:[^l]*line 2\s[^:]*line 9\s+:", log.read_bytes()), "it is drawn for the last time")
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


SNAPSHOTS = AGENTBOX_HOME / "data/snapshots"
COUNTER = "exec 3<> <(:); i=0; while :; do i=$((i+1)); echo $i >> /tmp/count; read -t 0.5 -u 3; done"
IDENTITY = {"host name": "hostname", "machine-id": "cat /etc/machine-id", "boot id": "cat /proc/sys/kernel/random/boot_id",
            "MAC": "cat /sys/class/net/eth0/address", "urandom": "head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n'; echo",
            "UUID": "cat /proc/sys/kernel/random/uuid"}
COUNTS_ON = "tail -n 0 -f /tmp/count | head -n 1"

# An agent that asks its model service once whenever it is told to, with the key and the address that it was started with, and notes that.
ASKING = """
description: Asks when it is told to
base: dev
command: [sh, -c]
keys:
  - name: ASKING_API_KEY
    help: any text will do
    provider: anthropic
    credential: api-key
base-url-variable: ASKING_BASE_URL
default-base-url: https://asking.invalid
state: [.asking/]
settings: {files: [.asking.md]}
"""
ASK_ON = """mkfifo /tmp/ask /tmp/answer
while read -r told < /tmp/ask; do
    answer=$(curl -sS --max-time 60 -o /dev/null -w "%{http_code} $ASKING_API_KEY" -H "x-api-key: $ASKING_API_KEY" "$ASKING_BASE_URL/v1/models" 2>&1)
    hostname >> ~/.asking/talks.jsonl
    echo "$answer" > /tmp/answer
done"""
ASK_NOW = "until test -p /tmp/answer; do sleep 0.2; done; echo > /tmp/ask; cat /tmp/answer"
ASK_WITH = 'curl -sS --max-time 60 -o /dev/null -w "%{http_code}" -H "x-api-key: $0" "$ASKING_BASE_URL/v1/models"'


class Snapshots(Live):
    """A session that works on a copy is saved while it runs, and goes on from there in others."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_snapshots)

    def remove_snapshots(self):
        for name in self.ok("snapshot", "ls", "-q").text.split():
            agentbox("snapshot", "rm", name)

    def counting(self, *options):
        name = self.detach("run", *options, "--", "bash", "-c", COUNTER)
        eventually(lambda: agentbox("exec", name, "--", "test", "-s", "/tmp/count").code == 0, "it counts")
        return name

    def end(self, *names):
        for name in names:
            self.ok("stop", name)
            self.ok("rm", name)

    def test_a_counter_goes_on_here_and_in_two_forks(self):
        project = self.project(in_txt="of the host\n")
        source = self.counting("--workspace", "copy", project)
        before = int(self.ok("exec", source, "--", "sh", "-c", "echo changed > in.txt; wc -l < /tmp/count").text)
        taken = json.loads(self.ok("snapshot", "take", "--json", source, "e2e-live").text)
        self.assertGreater(taken["written_bytes"], 0)
        print(f"(stood still for {taken['stood_still_ms']} ms, {taken['written_bytes'] >> 20} MiB) ", end="")
        self.assertEqual([one["kind"] for one in json.loads(self.ok("snapshot", "ls", "--json").text)], ["live"])
        forks = self.ok("fork", "-n", "2", "e2e-live").text.split()
        names = [source, *forks]
        ask = "; ".join(["set -e", *IDENTITY.values(), COUNTS_ON, "cat in.txt"])
        told = [self.ok("exec", name, "--", "sh", "-c", ask).text.splitlines() for name in names]
        for index, what in enumerate(IDENTITY):
            self.assertEqual(len({one[index] for one in told}), 3, (what, told))
        self.assertEqual([one[0] for one in told], names)
        # `exec` has found each SSH server with a key of its own.
        self.assertEqual(len({session_record(directory)["host_key"] for directory in sessions_on_disk()}), 3)
        self.assertEqual([one[-1] for one in told], ["changed"] * 3)
        self.assertGreaterEqual(min(int(one[-2]) for one in told), before, "none has begun anew")
        # Each has its own disk and memory from there on; the network is there.
        self.ok("exec", forks[0], "--", "sh", "-c", "echo first > in.txt; echo only > new.txt")
        self.ok("exec", forks[1], "--", "sh", "-ec", "test ! -e new.txt; bash -c 'exec 3<>/dev/tcp/10.0.2.2/3128'")
        # A login waits for who goes on from here: in turn on one of two ports, since the session itself is on the other.
        self.assertEqual(self.login_port("e2e-live"), "second")
        self.ok("snapshot", "take", forks[0], "e2e-live-on")
        self.assertEqual(self.login_port("e2e-live-on"), "first")
        further = self.ok("fork", "e2e-live-on").text.strip()
        self.assertEqual(self.ok("exec", further, "--", "cat", "in.txt", "new.txt").text, "first\nonly\n")
        names.append(further)
        refused = self.ok("snapshot", "rm", "e2e-live", code=2)
        self.assert_says(refused.errors, "stands on")
        self.check_that_forks_which_do_not_start_are_told_of("e2e-live")

        # What each has changed is reviewed like that of any session.
        self.assertEqual((project / "in.txt").read_text(encoding="utf-8"), "of the host\n")
        self.assert_says(self.ok("diff", forks[0]).text, r"\+first")
        self.assert_says(self.ok("diff", source).text, r"\+changed")
        self.end(*names)
        self.ok("apply", forks[0])
        self.assertEqual((project / "new.txt").read_text(encoding="utf-8"), "only\n")
        for name in names:
            self.ok("discard", name)

    def login_port(self, snapshot):
        return json.loads((SNAPSHOTS / snapshot / "live.json").read_text(encoding="utf-8"))["login_port"]

    def check_that_forks_which_do_not_start_are_told_of(self, snapshot):
        """One that finds its snapshot touched is none; whoever came up before would be named."""
        state = SNAPSHOTS / snapshot / "state"
        before = {directory.name for directory in sessions_on_disk()}
        times = state.stat()
        os.utime(state, (times.st_atime, times.st_mtime + 1))  # its change time is pinned
        refused = self.ok("fork", "-n", "3", snapshot, code=125)
        self.assert_says(refused.errors, f"a fork of {snapshot} did not start")
        self.assertEqual((refused.text, {directory.name for directory in sessions_on_disk()}), ("", before))

    def install_asking(self):
        profile, own = AGENTBOX_HOME / "config/agents/asking.yaml", HOME / ".asking.md"
        profile.parent.mkdir(parents=True, exist_ok=True)
        profile.write_text(ASKING, encoding="utf-8")
        own.write_text("be brief\n", encoding="utf-8")
        self.addCleanup(profile.unlink)
        self.addCleanup(own.unlink)
        self.addCleanup(shutil.rmtree, AGENTBOX_HOME / "data/history", ignore_errors=True)

    def test_an_agent_with_its_key_conversations_and_settings_goes_on(self):
        """It holds the placeholder that it has read when it started: the broker of whatever goes on from it takes that one, and sends the
        key that the host has by then. What each has noted ends up in the project's one history."""
        self.install_asking()
        project = self.project()
        before, later = (f"sk-real-{secrets.token_hex(16)}" for _ in range(2))
        with ModelService() as service:
            def of(key):
                return environment(ASKING_API_KEY=key, ASKING_BASE_URL=f"http://127.0.0.1:{service.port}")
            source = self.detach("--workspace", "copy", "asking", project, ASK_ON, env=of(before))
            first = self.ok("exec", source, "--", "sh", "-ec", ASK_NOW).text
            self.assertRegex(first, r"^200 sk-ant-api03-")
            self.ok("snapshot", "take", source, "e2e-brokered")
            others = [self.detach_from("e2e-brokered", of(later)), *self.ok("fork", "-n", "2", "e2e-brokered", env=of(later)).text.split()]
            names = [source, *others]
            self.assertEqual([self.ok("exec", name, "--", "sh", "-ec", ASK_NOW).text for name in names], [first] * 4)
            self.assertEqual([headers.get("x-api-key") for _, _, headers, _ in service.requests], [before, before, later, later, later])
            settings = self.ok("exec", others[0], "--", "sh", "-c", "cat ~/.asking.md; { echo x >> ~/.asking.md; } 2> /dev/null || echo refused")
            self.assertEqual(settings.text, "be brief\nrefused\n")

            # What is no fork of it has a placeholder of its own, and no use for this one.
            foreign = self.ok("--workspace", "none", "asking", ASK_WITH, first.split()[1], env=of(later))
            self.assertRegex(foreign.text, "^40[13]$")
            self.assertEqual(len(service.requests), 5)
            without = self.ok("snapshot", "resume", "--detach", "e2e-brokered", env=environment(ASKING_API_KEY=None), code=125)
            self.assert_says(without.errors, "ASKING_API_KEY")
        self.end(*names)
        (talks,) = (AGENTBOX_HOME / "data/history").rglob("talks.jsonl")
        self.assertEqual(talks.read_text(encoding="utf-8").split(), [source, *names])

    def detach_from(self, snapshot, env):
        return self.ok("snapshot", "resume", "--detach", snapshot, env=env).text.strip()

    def test_an_interactive_program_goes_on_with_its_screen(self):
        source = self.detach("shell", "--workspace", "none")
        with Tmux(AGENTBOX, "attach", source, columns=80, rows=20) as terminal:
            terminal.wait_for(r"\$ *$")
            terminal.type("seq 1 500 > f; less f")
            terminal.keys("Enter")
            terminal.wait_for("^19$")
            terminal.type("100g")
            terminal.wait_for("^100$")
            self.ok("snapshot", "take", source, "e2e-screen")
            terminal.keys("Space")
            terminal.wait_for("^120$")
        self.end(source)
        with Tmux(AGENTBOX, "snapshot", "resume", "e2e-screen", columns=70, rows=12) as terminal:
            terminal.wait_until(lambda screen: screen.split("\n")[:11] == [str(number) for number in range(100, 111)], "is 11 lines from 100 on")
            terminal.type("q")
            terminal.type("echo is $(hostname); exit 4")
            terminal.keys("Enter")
            terminal.wait_for("^is shell-")
            self.assertEqual(terminal.wait(), 4)
        self.assertEqual(vm_processes(), [])

    def test_what_cannot_be_saved_is_refused_with_the_way_out(self):
        project = self.project()
        background, directory = self.start_session(project, "--workspace", "overlay", "--mount", self.project())
        refused = self.ok("snapshot", "take", directory.name, code=2).errors
        for reason in ("--workspace overlay", "--mount", "pipes", f"agentbox --detach --workspace copy run {project} -- COMMAND"):
            self.assert_says(refused, reason)
        self.assertEqual(background.finish().code, 0)

    def kill_while_saving(self, name, file):
        """Kills what holds the session as soon as this file of its snapshot is there. It may be the snapshot's last moment, or a whole
        one may have come of it."""
        taking = self.start("snapshot", "take", name, "e2e-killed")
        while not any(SNAPSHOTS.glob(f".new.*/{file}")) and taking.process.poll() is None:
            time.sleep(0.002)
        os.kill(session_record(sessions_on_disk()[0])["launcher"]["pid"], signal.SIGKILL)
        taking.process.wait()
        eventually(lambda: not vm_processes(), "its VM is gone")
        self.ok("gc")
        self.assertEqual(list(SNAPSHOTS.glob(".new.*")), [], "a half of a snapshot is left")
        for one in json.loads(self.ok("snapshot", "ls", "--json").text):
            self.assertEqual((one["kind"], one["problem"]), ("live", None))

    def test_killed_while_it_is_saved(self):
        """Before, in the middle (the machine stands still), and after: what the session had changed is on its disk, and no snapshot is half
        there."""
        for file in ("mem", "state", "lease"):
            with self.subTest(file=file):
                name = self.counting("--workspace", "copy", self.project(x="x\n"))
                self.ok("exec", name, "--", "sh", "-ec", "echo precious > work.txt; sync")
                self.kill_while_saving(name, file)
                if file == "lease":  # its disk has the layer that was put on it; a boot takes long, so one has to do
                    self.assert_says(self.ok("diff", name).text, r"\+precious")
                    self.ok("discard", name)
                else:
                    self.ok("rm", "--discard", name)
                self.remove_snapshots()
