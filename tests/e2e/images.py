# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""A base image of the test user's for another AGENTBOX_HOME: copied, to save the minutes of building it again."""

import json
import subprocess

from harness import AGENTBOX_HOME

USER_BASES = AGENTBOX_HOME.parent / "agentbox/data/bases"


def copy_base(name):
    """Where this home already has the base, nothing is done."""
    bases = AGENTBOX_HOME / "data/bases"
    if (bases / name).exists():
        return
    for directory in (bases.parent, bases):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    subprocess.run(["cp", "-r", "--preserve=mode,timestamps,links", "--sparse=always", "--reflink=auto", USER_BASES / name, bases], check=True)
    for manifest in bases.glob(f"{name}/*/manifest.json"):
        values = json.loads(manifest.read_text(encoding="utf-8"))
        for layer in values["disk"]:
            layer["path"] = layer["path"].replace(str(USER_BASES), str(bases))
        manifest.write_text(json.dumps(values), encoding="utf-8")
