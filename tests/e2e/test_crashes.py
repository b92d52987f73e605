# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Processes that die at a bad moment, and templates that do not work."""

import os
import pathlib
import signal
import time

import probe_agent
from harness import (HOME, RUN_LIMIT, SESSIONS, TestCase, alive, descendants, eventually, qemu_of, result_of, sessions_on_disk,
                     vm_processes)
from templates import BrokenTemplateCase, template_of

# The promise is two seconds; the limit is what a machine may need that has better things to do.
PROMPTLY = 10


class KilledLauncher(TestCase):
    def test_its_vm_dies_with_it_and_the_next_start_cleans_up(self):
        project = self.project()
        background, directory = self.start_session(project)
        machine = descendants(background.pid)
        self.assertNotEqual(machine, [])
        background.signal(signal.SIGKILL)
        background.process.wait()
        killed = time.monotonic()
        eventually(lambda: not any(alive(process.pid) for process in machine), "all of its processes are gone", PROMPTLY)
        print(f"(the last process was gone after {time.monotonic() - killed:.1f} s) ", end="")
        self.assertEqual(sessions_on_disk(), [directory])
        result = self.ok("run", project, "--", "echo", "next")
        self.assertEqual(result.text, "next\n")
        self.assert_says(result.errors, directory.name)
        self.assertEqual(sessions_on_disk(), [])

    def test_another_session_is_not_touched(self):
        project = self.project()
        survivor = self.start("run", project, "--", "sh", "-c", "echo ready; cat; echo survived")
        survivor.expect_line("ready")
        victim = self.start("run", project, "--", "sh", "-c", "echo ready; cat")
        victim.expect_line("ready")
        victim.signal(signal.SIGKILL)
        victim.process.wait()
        self.ok("gc")
        self.assertEqual(len(sessions_on_disk()), 1)
        self.assertEqual(survivor.finish().out, b"ready\nsurvived\n")

    def test_at_any_moment_of_the_start(self):
        """Killed where nobody chose the place: after each delay in turn. What is left is found by gc, and nothing runs on."""
        project = self.project()
        for delay in (0.02, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2):
            with self.subTest(delay=delay):
                background = self.start("run", project, "--", "sleep", "3600")
                time.sleep(delay)
                background.signal(signal.SIGKILL)
                background.process.wait()
                eventually(lambda: not vm_processes(), "no VM runs on", PROMPTLY)
                self.ok("gc")
                self.assertEqual(sessions_on_disk(), [])
                self.assertEqual([entry.name for entry in SESSIONS.iterdir() if entry.name not in (".lock",)], [])


class KilledVm(TestCase):
    def check(self, victim_of, cause):
        project = self.project()
        background, directory = self.start_session(project)
        os.kill(victim_of(directory), signal.SIGKILL)
        result = background.finish()
        self.assertEqual(result.code, 125, result.describe())
        self.assert_says(result.errors, rf"connection lost: the virtual machine ended \({cause}\)")
        self.assertEqual((sessions_on_disk(), vm_processes()), ([], []))
        self.ok("run", project, "--", "true")

    def test_qemu(self):
        self.check(lambda directory: qemu_of(directory).pid, "QEMU was killed by SIGKILL")

    def test_the_confinement_around_it(self):
        self.check(lambda directory: next(process.pid for process in vm_processes() if process.name == "bwrap"), "(QEMU|its confinement) was killed by SIGKILL")

    def test_a_guest_that_ends(self):
        """o: power off, b: restart, c: crash the kernel (Linux, Documentation/admin-guide/sysrq.rst)."""
        for key, cause in (("o", "its guest powered off"), ("b", "its guest restarted, or its kernel crashed"), ("c", "its guest restarted, or its kernel crashed")):
            with self.subTest(key=key):
                result = self.ok("run", self.project(), "--", "sh", "-c", f"sudo sh -c 'echo {key} > /proc/sysrq-trigger'; sleep 3600", code=125)
                self.assert_says(result.errors, rf"connection lost: the virtual machine ended \({cause}\)")


class Terminated(TestCase):
    def test_while_the_command_runs(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                background, _ = self.start_session(self.project())
                background.signal(number)
                self.assertEqual(background.finish().code, 128 + number)
                self.assertEqual((sessions_on_disk(), vm_processes()), ([], []))

    def test_while_the_vm_starts(self):
        background = self.start("run", self.project(), "--", "sleep", "3600")
        eventually(sessions_on_disk, "a session is there")
        background.signal(signal.SIGTERM)
        self.assertEqual(background.finish().code, 128 + signal.SIGTERM)
        self.assertEqual((sessions_on_disk(), vm_processes()), ([], []))


class LostState(TestCase):
    def test_a_session_whose_record_is_damaged_is_left_for_a_person(self):
        """Its disk may hold work. It is listed with the reason, and goes when the user says so."""
        project = self.project()
        background, directory = self.start_session(project)
        background.signal(signal.SIGKILL)
        background.process.wait()
        eventually(lambda: not vm_processes(), "its VM is gone", PROMPTLY)
        (directory / "state.json").write_text("{", encoding="utf-8")
        self.ok("run", project, "--", "true")
        self.assertIn(directory.name, self.ok("ls").text)
        self.ok("rm", directory.name)
        self.assertEqual(sessions_on_disk(), [])


class KilledTemplate(TestCase):
    def test_the_memory_of_a_half_made_machine_is_not_left(self):
        """It lies on tmpfs while the machine boots, gigabytes of it, so it must have no name that can outlive a kill."""
        def names():
            return [path for path in pathlib.Path("/dev/shm").glob("agentbox*") if path.owner() == HOME.owner()]
        before = names()
        background = self.start("run", "--memory", "1600M", self.project(), "--", "true")
        eventually(vm_processes, "the VM boots", RUN_LIMIT)
        eventually(lambda: names() == before, "the memory has no name")
        background.signal(signal.SIGKILL)
        background.process.wait()
        eventually(lambda: not vm_processes(), "its VM is gone")
        self.assertEqual(names(), before)
        self.forget_sessions()


def seconds_of_processor(process):
    times = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return int(times[11]) / os.sysconf("SC_CLK_TCK")


class BrokenTemplate(BrokenTemplateCase):
    """The session starts all the same, and the template is not used again."""

    def test_falls_back_to_a_cold_boot_and_then_makes_a_new_template(self):
        """And a machine that dies while it boots, as a kernel under emulation did once, is booted once more."""
        self.damage()
        background = self.start("--json", *probe_agent.RUN, self.directory, "still works", env=self.env)
        eventually(lambda: b"booting it cold" in background.err, "it falls back", RUN_LIMIT)
        (directory,) = sessions_on_disk()
        eventually(lambda: qemu_of(directory), "its VM starts")
        machine = eventually(lambda: qemu_of(directory) if seconds_of_processor(qemu_of(directory)) > 2 else None, "it boots", RUN_LIMIT)
        os.kill(machine.pid, signal.SIGKILL)
        fallen_back = background.finish()
        self.assertEqual(fallen_back.code, 0, fallen_back.describe())
        self.assert_says(fallen_back.text, "arguments: still works")
        self.assert_says(fallen_back.errors, "could not be forked.*booting it cold instead. The next session makes a new template")
        self.assertEqual(fallen_back.errors.count("it is booted once more"), 1, fallen_back.describe())
        self.assertEqual(result_of(fallen_back)["start"], "cold")

        again = self.probe("works")
        self.assertEqual(result_of(again)["start"], "fork")
        self.assertNotEqual(template_of(probe_agent.BASE), self.template)
        self.assertFalse(self.template.exists(), "the session that made a new one has not cleared the old one away")
