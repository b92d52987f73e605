# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Builds the images that all other tests use, as a user without rights: Debian, the development tools upon it, and the
agents, installed inside a VM from the package registry. Then makes the first template. All other tests need this one."""

import json
import os
import stat

from harness import AGENTBOX_HOME, BUILD_LIMIT, TestCase, environment, result_of

BASE = "agents"


class Build(TestCase):
    def test_1_the_images(self):
        config = AGENTBOX_HOME / "config"
        config.mkdir(exist_ok=True)
        # One image for most tests, so that few templates have to be made.
        (config / "config.yaml").write_text(f"base: {BASE}\n", encoding="utf-8")
        result = self.ok("base", "build", BASE, limit=BUILD_LIMIT)
        print(result.errors)
        if "CA bundle" not in result.errors:
            self.assertEqual(result.err, b"", "only a build that had nothing to do is silent")
        self.assertEqual(set(self.built_bases()) & {"dev", BASE}, {"dev", BASE})

    def test_2_what_was_built(self):
        shown = json.loads(self.ok("base", "show", "--json", BASE).text)
        print(json.dumps(shown, indent=1))
        current = AGENTBOX_HOME / "data/bases" / BASE / "current"
        build = current.parent / os.readlink(current)
        self.assertEqual(stat.S_IMODE((build / "id_ed25519").stat().st_mode), 0o600)
        manifest = json.loads((build / "manifest.json").read_text(encoding="utf-8"))
        self.assertEqual(sorted(manifest["agents"]), ["claude", "codex", "gemini"])

    def test_3_a_second_build_has_nothing_to_do(self):
        self.assertEqual(self.ok("base", "build", BASE).err, b"")

    def test_4_the_first_session_makes_the_template(self):
        result = self.ok("run", "--json", "--timings", self.project(), "--", "true")
        print(result.errors)
        self.assertEqual(result_of(result)["start"], "fork")

    def test_5_the_hosts_authorities_are_not_in_the_image(self):
        """A company's CA is handed to provisioning only; whoever gets the image must not come to trust it."""
        result = self.ok("run", self.project(), "--", "sh", "-c", "ls /etc/agentbox/host-ca.pem /run/agentbox-host-ca.pem 2>&1; env")
        self.assertEqual(result.text.count("No such file"), 2)
        self.assertNotIn("host-ca", result.text.split("No such file")[2])

    def test_6_the_agents_are_there(self):
        """By their own word, as the guest's user, in the environment of a session."""
        for name, key in (("claude", "ANTHROPIC_API_KEY"), ("codex", "OPENAI_API_KEY"), ("gemini", "GEMINI_API_KEY")):
            with self.subTest(agent=name):
                result = self.ok("--base", BASE, name, self.project(), "--version", env=environment(**{key: "k"}))
                print(name, result.text.strip())
                self.assert_says(result.text, r"\d+\.\d+")
