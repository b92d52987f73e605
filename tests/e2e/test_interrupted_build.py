# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""A first image build that is interrupted while Debian is installed. The build test, which comes next, is the proof that what
such a build leaves does not disturb the next one."""

import os
import pathlib
import signal

from harness import AGENTBOX_HOME, TestCase, alive, descendants, eventually

BASE = "dev"
BASES = AGENTBOX_HOME / "data/bases"


def temporary_files():
    return {path.name for path in pathlib.Path(os.environ["TMPDIR"]).iterdir()}


class InterruptedBuild(TestCase):
    def start_build(self):
        """Returns when mmdebstrap works, with all processes there are."""
        if BASE in self.built_bases():
            self.skipTest("the images of an earlier run were kept")
        build = self.start("base", "build", BASE)
        eventually(lambda: build.process.poll() is not None or list((BASES / ".building").glob(f"{BASE}/*/disk.raw")), "it builds")
        eventually(lambda: build.process.poll() is not None or len(descendants(build.pid)) >= 3, "mmdebstrap works")
        self.assertIsNone(build.process.poll(), build.result().describe())
        return build, descendants(build.pid)

    def assert_gone(self, helpers):
        gone = lambda: not any(alive(helper.pid) for helper in helpers)
        try:
            eventually(gone, "its helpers are gone")
        except AssertionError as still:
            raise AssertionError(f"{still}: {[(helper.name, helper.arguments) for helper in helpers if alive(helper.pid)]}") from None

    def assert_nothing_is_whole(self):
        self.assertNotIn(BASE, self.built_bases())
        self.assertFalse((BASES / BASE / "current").exists())
        self.assertEqual([str(path) for path in (BASES / BASE).glob("*/manifest.json")], [])

    def test_by_the_user(self):
        before = temporary_files()
        build, helpers = self.start_build()
        os.killpg(build.pid, signal.SIGINT)
        self.assertEqual(build.finish().code, 128 + signal.SIGINT, build.result().describe())
        self.assert_gone(helpers)
        self.assert_nothing_is_whole()
        self.assertEqual(list((BASES / ".building" / BASE).iterdir()), [])
        self.assertEqual(temporary_files() - before, set())

    def test_by_a_kill(self):
        build, helpers = self.start_build()
        build.signal(signal.SIGKILL)
        build.process.wait()
        self.assert_gone(helpers)
        self.assert_nothing_is_whole()
