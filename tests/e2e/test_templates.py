# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Templates as a cache: made beforehand, listed, in use, damaged, removed. One that does not restore is in test_crashes."""

import json
import pathlib

from harness import AGENTBOX_HOME, HOME, TestCase, agentbox, result_of
from templates import TEMPLATES, flip_a_bit

# A machine that no other test has.
MACHINE = ("--cpus", "1", "--memory", "768M")


def ours(listed):
    return [template for template in json.loads(listed.text) if template["key"]["memory"] == 768 << 20]


class Cache(TestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_ours)

    def remove_ours(self):
        for template in ours(agentbox("template", "ls", "--json")):
            agentbox("template", "rm", template["name"])

    def test_from_making_one_beforehand_to_its_removal(self):
        project = self.project()
        self.ok("template", "prewarm", *MACHINE)
        (template,) = ours(self.ok("template", "ls", "--json"))
        self.assertEqual((template["base"], template["state"], template["sessions"], template["key"]["cpus"]), ("dev", "ready", [], 1))
        self.assert_says(self.ok("template", "ls").text, rf"^{template['name']} +dev +1 CPUs, 768 MiB, .* ready$")
        self.assert_says(self.ok("ls", "--disk").text, rf"template {template['name']} \(dev, 1 CPUs")
        self.assertEqual(self.ok("template", "prewarm", *MACHINE).err, b"")

        background, directory = self.start_session(project, *MACHINE)
        (used,) = ours(self.ok("template", "ls", "--json"))
        self.assertEqual(used["sessions"], [directory.name])
        self.assertGreaterEqual(used["last_use"], template["last_use"])
        self.assert_says(self.ok("template", "rm", template["name"], code=2).errors, f"needed by session {directory.name}")
        self.ok("gc")
        self.assertEqual(len(ours(self.ok("template", "ls", "--json"))), 1)
        self.assertEqual(background.finish().code, 0)

        # A bit of the disk's flips: QEMU would believe it.
        flip_a_bit(pathlib.Path(template["directory"]) / "state")
        (damaged,) = ours(self.ok("template", "ls", "--json"))
        self.assertEqual(damaged["state"], "damaged")
        mended = self.ok("run", "--json", *MACHINE, project, "--", "echo", "works")
        self.assertEqual((mended.text, result_of(mended)["start"]), ("works\n", "fork"))
        self.assertEqual(mended.errors.count("not what was frozen (its device state was changed)"), 1, mended.describe())
        self.assertFalse((TEMPLATES / template["name"]).exists())  # who makes one clears those away that are out of use
        (made,) = ours(self.ok("template", "ls", "--json"))
        self.assertEqual(made["state"], "ready")

        name = made["name"]
        self.ok("template", "rm", name[:9])
        self.assertEqual(ours(self.ok("template", "ls", "--json")), [])
        self.assert_says(self.ok("template", "rm", name, code=2).errors, "there is no template")

    def test_another_qemu_does_not_use_them(self):
        """Its device state would be garbage to it. (The other QEMU is this one by another name.)"""
        qemu = HOME / "other-qemu"
        qemu.write_text("#!/bin/sh\n[ \"$1\" != --version ] || { echo 'QEMU emulator version 99.1.0 (of a test)'; exit; }\n"
                        "exec qemu-system-x86_64 \"$@\"\n", encoding="utf-8")
        qemu.chmod(0o755)
        config = AGENTBOX_HOME / "config/config.yaml"
        self.ok("run", self.project(), "--", "true")  # there is a template
        config.parent.mkdir(exist_ok=True)
        config.write_text(f"qemu: {qemu}\n", encoding="utf-8")
        self.addCleanup(config.unlink)
        states = {template["state"] for template in json.loads(self.ok("template", "ls", "--json").text)}
        self.assertIn("other QEMU", states)
        self.assertNotIn("ready", states)
        doctor = self.ok("doctor").text
        self.assert_says(doctor, r"QEMU: 99\.1\.0 at .*other-qemu; it opens the memory of templates read-only")
        self.assert_says(doctor, "made by another QEMU, and not used with this one")
