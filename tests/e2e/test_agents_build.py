# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Builds the image that the tests of the real agents use: the three, installed inside a VM from the package registry."""

import json
import os

import images
from harness import AGENTBOX_HOME, BUILD_LIMIT, TestCase

BASE = "agents"


class Build(TestCase):
    @classmethod
    def setUpClass(cls):
        images.copy_base("dev")
        images.use_one_processor()

    def test_1_the_image(self):
        result = self.ok("base", "build", BASE, limit=BUILD_LIMIT)
        print(result.errors)
        if "CA bundle" not in result.errors:
            self.assertEqual(result.err, b"", "only a build that had nothing to do is silent")
        self.assertEqual(set(self.built_bases()) & {"dev", BASE}, {"dev", BASE})

    def test_2_what_was_built(self):
        current = AGENTBOX_HOME / "data/bases" / BASE / "current"
        build = current.parent / os.readlink(current)
        manifest = json.loads((build / "manifest.json").read_text(encoding="utf-8"))
        self.assertEqual(sorted(manifest["agents"]), ["claude", "codex", "gemini"])
        print(f"the layer is {(build / 'disk.qcow2').stat().st_blocks * 512 >> 20} MiB")

    def test_3_the_hosts_authorities_are_not_in_the_image(self):
        """A company's CA is handed to provisioning only; whoever gets the image must not come to trust it."""
        result = self.ok("--base", BASE, "run", self.project(), "--", "sh", "-c", "ls /etc/agentbox/host-ca.pem /run/agentbox-host-ca.pem 2>&1; env")
        self.assertEqual(result.text.count("No such file"), 2)
        self.assertNotIn("host-ca", result.text.split("No such file")[2])

    def test_4_the_agents_are_there(self):
        """By their own word, which the guest's user asked for when they were installed; test_agents starts them."""
        versions = {entry["name"]: one["version"] for entry in json.loads(self.ok("agents", "ls", "--json").text)
                    for one in entry["installed"] if one["base"] == BASE}
        print(versions)
        self.assertEqual(sorted(versions), ["claude", "codex", "gemini"])
        for version in versions.values():
            self.assertRegex(version, r"^\d+\.\d+")
