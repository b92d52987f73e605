# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""A first image build that is interrupted while Debian is installed. The build test, which comes next, is the proof that what
such a build leaves does not disturb the next one."""

import os
import signal

from harness import AGENTBOX_HOME, TestCase, alive, descendants, eventually

BASE = "dev"
BASES = AGENTBOX_HOME / "data/bases"


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

    def assert_nothing_is_whole(self):
        self.assertNotIn(BASE, self.built_bases())
        self.assertFalse((BASES / BASE / "current").exists())
        self.assertEqual([str(path) for path in (BASES / BASE).glob("*/manifest.json")], [])

    def test_by_the_user(self):
        build, helpers = self.start_build()
        os.killpg(build.pid, signal.SIGINT)
        self.assertEqual(build.finish().code, 128 + signal.SIGINT, build.result().describe())
        eventually(lambda: not any(alive(helper.pid) for helper in helpers), "its helpers are gone")
        self.assert_nothing_is_whole()
        self.assertEqual(list((BASES / ".building" / BASE).iterdir()), [])

    def test_by_a_kill(self):
        build, helpers = self.start_build()
        build.signal(signal.SIGKILL)
        build.process.wait()
        eventually(lambda: not any(alive(helper.pid) for helper in helpers), "its helpers are gone")
        self.assert_nothing_is_whole()
