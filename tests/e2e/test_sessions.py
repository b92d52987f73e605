# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Sessions side by side, from outside, and after their end."""

import json
import os
import signal

from harness import TestCase, agentbox, result_of, sessions_on_disk, vm_processes
from terminal import Pty


class SideBySide(TestCase):
    def test_two_sessions_on_one_project(self):
        project = self.project()
        first = self.start("run", project, "--", "sh", "-c", "hostname; echo one > one; cat; cat two")
        first_name = first.read_line().decode().strip()
        second = self.start("run", project, "--", "sh", "-c", "hostname; echo two > two; cat; cat one")
        second_name = second.read_line().decode().strip()
        self.assertNotEqual(first_name, second_name)
        listed = json.loads(self.ok("ls", "--json").text)
        self.assertEqual(sorted(session["id"] for session in listed), sorted([first_name, second_name]))
        self.assert_says(agentbox("exec", "last", "--", "true").errors, "more than one session")
        self.assertEqual(self.ok("exec", second_name, "--", "cat", "one").text, "one\n")
        self.assertEqual((first.finish().out.split(b"\n")[1], second.finish().out.split(b"\n")[1]), (b"two", b"one"))


class FromOutside(TestCase):
    def test_exec(self):
        background, directory = self.start_session(self.project(in_txt="x\n"))
        name = directory.name
        self.assertEqual(self.ok("exec", name, "--", "sh", "-c", "hostname; id -un; pwd").text.split()[0], name)
        self.assertEqual(self.ok("exec", name[:-2], "--", "cat", "in.txt").text, "x\n")
        self.assertEqual(self.ok("exec", "--root", "last", "--", "id", "-u").text, "0\n")
        self.assertEqual(self.ok("exec", "last", "--", "sh", "-c", "cat; exit 9", stdin=b"through", code=9).text, "through")
        self.ok("exec", "last", "--", "no-such-program", code=127)
        with Pty("exec", "last", columns=77) as terminal:
            terminal.expect(r"\$ ")
            terminal.send("stty size; exit 8\r")
            terminal.expect("24 77")
            self.assertEqual(terminal.wait(), 8)
        self.assertEqual(background.finish().code, 0)
        gone = self.ok("exec", name, "--", "true", code=2)
        self.assert_says(gone.errors, name)

    def test_ls_shows_it_while_it_lives(self):
        project = self.project()
        self.assertEqual(self.ok("ls", "-q").text, "")
        background, directory = self.start_session(project)
        self.assertEqual(self.ok("ls", "-q").text, directory.name + "\n")
        table = self.ok("ls").text
        self.assert_says(table, directory.name)
        self.assert_says(table, project.name)
        self.assertEqual(background.finish().code, 0)
        self.assertEqual(json.loads(self.ok("ls", "--json").text), [])

    def test_stop(self):
        background, directory = self.start_session(self.project())
        self.ok("stop", directory.name)
        self.assertEqual(background.finish().code, 128 + signal.SIGTERM)
        self.assertEqual((sessions_on_disk(), vm_processes()), ([], []))
        self.ok("stop", directory.name, code=2)

    def test_logs(self):
        background, directory = self.start_session(self.project())
        self.assert_says(self.ok("logs", "last").text, directory.name)
        for path in self.ok("logs", "--paths", "last").text.split():
            self.assertTrue(os.path.isfile(path), path)
        self.assertEqual(background.finish().code, 0)


class Kept(TestCase):
    def test_a_kept_vm_goes_on_without_its_launcher(self):
        project = self.project()
        result = self.ok("--json", "run", "--on-exit", "keep", project, "--", "sh", "-c", "echo note > ~/note; exit 3", code=3)
        report = result_of(result)
        self.assertEqual(report["kept"], "kept")
        self.assert_says(result.errors, f"agentbox exec {report['session']}")
        self.assertEqual(self.ok("ls", "-q").text.split(), [report["session"]])
        self.assertEqual(self.ok("exec", report["session"], "--", "sh", "-c", "cat ~/note; pwd").text, f"note\n{project}\n")
        self.ok("gc")
        self.ok("run", project, "--", "true")  # starting another one cleans up after crashes, and this is none
        self.assertEqual(self.ok("exec", "last", "--", "sh", "-c", "cat ~/note").text, "note\n")
        self.ok("stop", report["session"])
        self.assertEqual((sessions_on_disk(), vm_processes()), ([], []))

    def test_ask(self):
        """On a terminal the user chooses at the end; here first to keep it, then to throw it away."""
        for answer, left in (("k\r", 1), ("d\r", 0)):
            with self.subTest(answer=answer), Pty("run", "--on-exit", "ask", self.project(), "--", "true") as terminal:
                terminal.expect(r"\[d\]estroy")
                terminal.send(answer)
                self.assertEqual(terminal.wait(), 0)
                self.assertEqual(len(sessions_on_disk()), left)
                for directory in sessions_on_disk():
                    self.ok("rm", directory.name)


class Snapshots(TestCase):
    def test_a_snapshot_is_resumed_with_its_workspace(self):
        name = "e2e-snapshot"
        agentbox("snapshot", "rm", name)
        project = self.project(in_txt="of the project\n")
        result = self.ok("run", "--on-exit", "snapshot", "--snapshot-name", name, project, "--", "sh", "-c",
                         "echo from before > ~/made; sudo sh -c 'echo system > /etc/made'; exit 4", code=4)
        self.assert_says(result.errors, f"agentbox snapshot resume {name}")
        self.assertEqual(vm_processes(), [])
        self.assertIn(name, self.ok("snapshot", "ls", "-q").text.split())
        self.ok("gc")
        resumed = self.ok("snapshot", "resume", name, "--", "sh", "-c", "pwd; cat ~/made /etc/made in.txt; echo x > new; hostname")
        *lines, hostname = resumed.text.splitlines()
        self.assertEqual(lines, [str(project), "from before", "system", "of the project"])
        self.assert_says(hostname, "^run-")
        self.assertTrue((project / "new").is_file())
        self.ok("snapshot", "rm", name)
        self.assertNotIn(name, self.ok("snapshot", "ls", "-q").text.split())
        self.ok("snapshot", "resume", name, "--", "true", code=2)


class WithoutAVm(TestCase):
    def test_a_dry_run_starts_nothing(self):
        project = self.project()
        plan = self.ok("--dry-run", "--cpus", "1", "run", project, "--", "make", "a b").text
        for pattern in (r"make 'a b'", str(project), "1 CPUs", "destroy"):
            self.assert_says(plan, pattern)
        values = json.loads(self.ok("--dry-run", "--json", "run", "--network", "offline", project, "--", "make").text)
        self.assertEqual((values["command"], values["project"], values["network"]), (["make"], str(project), "offline"))
        self.assertEqual(sessions_on_disk(), [])

    def test_doctor(self):
        result = self.ok("doctor")
        for subject in ("QEMU", "confinement", "accelerator", "base dev"):
            self.assert_says(result.text, subject)
        self.assertNotEqual(json.loads(self.ok("doctor", "--json").text), [])

    def test_gc_removes_nothing_that_is_needed(self):
        before = self.built_bases()
        self.ok("gc")
        self.assertEqual(self.ok("gc").out, b"")
        self.assertEqual(self.built_bases(), before)
        self.assert_says(self.ok("run", "--json", self.project(), "--", "true").errors, '"start":"fork"')

    def test_disk_use(self):
        self.assert_says(self.ok("ls", "--disk").text, r"base dev")

    def test_lists_of_what_there_is(self):
        self.assert_says(self.ok("agents", "ls").text, "claude")
        self.assert_says(self.ok("policy", "ls").text, "trusted")
        self.assert_says(self.ok("base", "ls").text, "dev")


class Cold(TestCase):
    def test_a_cold_boot_is_the_same_machine(self):
        project = self.project(in_txt="x\n")
        result = self.ok("--cold", "--cpus", "2", "--json", "run", project, "--", "sh", "-c", "cat in.txt; pwd; nproc; echo y > out; exit 3", code=3)
        self.assertEqual(result.text, f"x\n{project}\n2\n")
        self.assertEqual(result_of(result)["start"], "cold")
        self.assertTrue((project / "out").is_file())
