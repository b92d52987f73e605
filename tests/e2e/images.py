# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What another AGENTBOX_HOME of the test user's begins with: a base image, copied to save the minutes of building it again, and smaller machines."""

import json
import subprocess

from harness import AGENTBOX_HOME

USER_BASES = AGENTBOX_HOME.parent / "agentbox/data/bases"
SHIPPED_POLICIES = AGENTBOX_HOME.parent / "prefix/share/agentbox/policies"


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


def use_one_processor():
    """In this home, the shipped policies have machines of one processor. Homes whose tests run beside the others use it: an emulated machine of two
    that share one of the host's spends most of its time waiting for locks, which the half of it holds that does not run. The rest of the tests
    have two, as users do."""
    own = AGENTBOX_HOME / "config/policies"
    own.mkdir(parents=True, exist_ok=True)
    for policy in SHIPPED_POLICIES.glob("*.yaml"):
        text = policy.read_text(encoding="utf-8")
        assert text.count("  cpus: 2\n") == 1, policy
        (own / policy.name).write_text(text.replace("  cpus: 2\n", "  cpus: 1\n"), encoding="utf-8")
