# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Builds the image that nearly all other tests use, as a user without rights: Debian, and the development tools upon it. Then
makes the first template."""

import json
import os
import stat

from harness import AGENTBOX_HOME, BUILD_LIMIT, TestCase, result_of

BASE = "dev"


class Build(TestCase):
    def test_1_the_image(self):
        result = self.ok("base", "build", BASE, limit=BUILD_LIMIT)
        print(result.errors)
        self.assertIn(BASE, self.built_bases())

    def test_2_what_was_built(self):
        shown = json.loads(self.ok("base", "show", "--json", BASE).text)
        print(json.dumps(shown, indent=1))
        current = AGENTBOX_HOME / "data/bases" / BASE / "current"
        build = current.parent / os.readlink(current)
        self.assertEqual(stat.S_IMODE((build / "id_ed25519").stat().st_mode), 0o600)
        with open(build / "vmlinuz", "rb") as kernel:
            self.assertEqual(kernel.read(4), b"\x7fELF", "the kernel is not unpacked: each boot has to")

    def test_3_a_second_build_has_nothing_to_do(self):
        self.assertEqual(self.ok("base", "build", BASE).err, b"")

    def test_4_the_first_session_makes_the_template(self):
        """With no configuration at all: this base is the default."""
        result = self.ok("run", "--json", "--timings", self.project(), "--", "true")
        print(result.errors)
        self.assertEqual(result_of(result)["start"], "fork")
