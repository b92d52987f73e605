# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The first run of an agent, with all that it builds: the agent's layer and a template."""

import contextlib
import os
import signal

import probe_agent
from terminal import Pty
from harness import AGENTBOX_HOME, BUILD_LIMIT, RUN_LIMIT, TestCase, agentbox, alive, environment, eventually, vm_processes

BUILDS = AGENTBOX_HOME / "data/bases" / probe_agent.BASE
CONFIGURATION = AGENTBOX_HOME / "config/config.yaml"


def builds():
    return [entry.name for entry in BUILDS.iterdir() if entry.is_dir() and not entry.is_symlink()] if BUILDS.is_dir() else []


class FirstRun(TestCase):
    """Numbered: each begins with what the one before has left."""

    @classmethod
    def setUpClass(cls):
        probe_agent.install_profile()
        agentbox("base", "rm", probe_agent.BASE)  # of an earlier run, when the images are kept
        agentbox("gc")
        if CONFIGURATION.exists():
            raise AssertionError("another test has left its settings")
        CONFIGURATION.write_text("agent-versions: {probe: \"0.9\"}\n", encoding="utf-8")
        cls.addClassCleanup(CONFIGURATION.unlink, missing_ok=True)

    def test_0_a_person_is_asked_first(self):
        with Pty(*probe_agent.RUN, self.project(), env=environment(PROBE_API_KEY="k")) as terminal:
            terminal.expect(r"probe is not installed yet.*dev\+probe.*\[Y/n\]")
            terminal.send("n\r")
            self.assertEqual(terminal.wait(), 125)
            terminal.expect("agentbox base build dev --agents probe")
        self.assertEqual(builds(), [])

    def test_1_a_killed_build_leaves_nothing_that_looks_whole(self):
        """SIGKILL while the layer's VM runs, the longest part of a build; a launch's, whose user wanted it."""
        with Pty(*probe_agent.RUN, self.project(), env=environment(PROBE_API_KEY="k")) as terminal:
            terminal.expect(r"\[Y/n\]")
            terminal.send("\r")
            build = terminal.process
            eventually(lambda: build.poll() is not None or vm_processes(), "the VM of the build runs", BUILD_LIMIT)
            self.assertIsNone(build.poll(), terminal.describe())
            machines = vm_processes()
            build.kill()
            build.wait()
        eventually(lambda: not any(alive(machine.pid) for machine in machines), "its VM is gone")
        self.assertNotIn(probe_agent.BASE, self.built_bases())
        self.assertEqual(builds(), [])

    def test_2_ten_at_once_build_it_once(self):
        """Ten people (or CI jobs) type the same command on a fresh machine: one builds, all run."""
        project = self.project()
        runs = [self.start(*probe_agent.RUN, project, f"number {number}", env=environment(PROBE_API_KEY=f"key-{number}"))
                for number in range(10)]
        for number, run in enumerate(runs):
            result = run.finish(BUILD_LIMIT)
            self.assertEqual((result.code, result.text),
                             (0, f"permissions: skipped\narguments: number {number}\nkey: key-{number}\n"), result.describe())
        self.assertEqual(len(builds()), 1)
        for store in ("bases", "templates"):
            self.assertEqual([str(entry) for entry in (AGENTBOX_HOME / "data" / store / ".building").glob("*/*")], [])

    def test_3_the_next_run_builds_nothing(self):
        result = self.ok("--json", *probe_agent.RUN, self.project(), env=environment(PROBE_API_KEY="k"))
        self.assert_says(result.errors, '"start":"fork"')
        self.assertEqual(len(builds()), 1)

    def test_4_a_changed_definition_is_noticed_and_said(self):
        profile = AGENTBOX_HOME / "config/agents/probe.yaml"
        self.addCleanup(probe_agent.install_profile)
        profile.write_text(probe_agent.PROFILE.replace("chmod 755", "chmod 0755"), encoding="utf-8")
        env = environment(PROBE_API_KEY="k")
        stale = self.ok(*probe_agent.RUN, self.project(), env=env)
        self.assert_says(stale.errors, f"older definition.*agentbox base build {probe_agent.BASE.replace('+', '.')}")
        probe_agent.install_profile()
        self.assertEqual(self.ok(*probe_agent.RUN, self.project(), env=env).err, b"")

    def test_5_an_interrupted_build_leaves_the_base_that_was_there(self):
        """Ctrl-C: says so by its exit code, leaves no VM; and the base that was there before is still there."""
        before = builds()
        self.assertEqual(len(before), 1)
        build = self.start("base", "build", "--force", probe_agent.BASE)
        eventually(lambda: build.process.poll() is not None or vm_processes(), "the VM of the build runs", RUN_LIMIT)
        os.killpg(build.pid, signal.SIGINT)
        self.assertEqual(build.finish().code, 128 + signal.SIGINT, build.result().describe())
        self.assertEqual(vm_processes(), [])
        self.assertEqual(builds(), before)
        with contextlib.suppress(FileNotFoundError):
            self.assertEqual(list((AGENTBOX_HOME / "data/bases/.building" / probe_agent.BASE).iterdir()), [])
        self.ok(*probe_agent.RUN, self.project(), env=environment(PROBE_API_KEY="k"))

    def test_6_an_update_says_what_it_changed(self):
        """To the version that config.yaml asks for by now; nobody asks a person, who asked for this."""
        self.assert_says(self.ok("agents", "ls").text, r"^probe +0\.9 ")
        CONFIGURATION.write_text("agent-versions: {probe: \"1.0\"}\n", encoding="utf-8")
        self.assertEqual(self.ok("agents", "update", "probe", limit=BUILD_LIMIT).text, f"probe 0.9 -> 1.0 ({probe_agent.BASE})\n")
        self.assert_says(self.ok("agents", "show", "probe").text, r"^installed +1\.0 in dev\+probe")
        missing = agentbox("agents", "update", "cline")
        self.assertEqual(missing.code, 2, missing.describe())
        self.assert_says(missing.errors, "cline is not installed")
