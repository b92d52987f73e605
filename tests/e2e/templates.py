# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Templates on disk, as tests look at them and damage them."""

import hashlib
import json
import os
import pathlib

import probe_agent
from harness import AGENTBOX_HOME, BUILD_LIMIT, TestCase, environment

TEMPLATES = AGENTBOX_HOME / "data/templates"


def manifest_of(template):
    return json.loads((template / "manifest.json").read_text(encoding="utf-8"))


def template_of(base):
    """The newest of a base's current build: a directory that is kept between runs may hold older ones."""
    build = os.readlink(AGENTBOX_HOME / "data/bases" / base / "current")
    fit = [path.parent for path in TEMPLATES.glob("[!.]*/manifest.json")
           if pathlib.Path(manifest_of(path.parent)["key"]["base_build"]).name == build and not (path.parent / "quarantine").exists()]
    if not fit:
        raise AssertionError(f"there is no template of {base}")
    return max(fit, key=lambda template: manifest_of(template)["created"])


def flip_a_bit(path):
    path.chmod(0o600)
    with open(path, "r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 4]))


def pin_again(template):
    """Makes the manifest agree with a device state that was damaged: nobody but QEMU can find it out then."""
    manifest = manifest_of(template)
    state = template / "state"
    status = state.stat()
    manifest["state"] = {"size": status.st_size, "inode": status.st_ino, "ctime_ns": status.st_ctime_ns}
    manifest["state_sha256"] = hashlib.sha256(state.read_bytes()).hexdigest()
    (template / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


class BrokenTemplateCase(TestCase):
    """A saved state that QEMU does not take."""

    def setUp(self):
        super().setUp()
        probe_agent.install_profile()
        self.ok("base", "build", probe_agent.BASE, limit=BUILD_LIMIT)
        self.env = environment(PROBE_API_KEY="k")
        self.directory = self.project()
        self.probe("there is a template now")
        self.template = template_of(probe_agent.BASE)

    def probe(self, *words):
        return self.ok("--json", *probe_agent.RUN, self.directory, *words, env=self.env)

    def damage(self):
        """Behind the manifest's back: nobody but QEMU can find it out."""
        state = self.template / "state"
        state.chmod(0o644)
        os.truncate(state, state.stat().st_size // 2)
        pin_again(self.template)
