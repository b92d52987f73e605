# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Where the end-to-end tests happen, and as whom.

One directory holds everything: an installation of agentbox, a copy of these tests, and the test user's home with the images,
which take minutes to build and are shared by all tests. It lies in /var/tmp (or where AGENTBOX_E2E_DIR says) and not in the
build tree, because a build tree is often in a home directory that the test user may not enter, and because /tmp is often too
small for it. A record in the build tree says where it is.

Run by root, the tests make a user of their own and run as that one: nobody should need privileges to use agentbox.
"""

import dataclasses
import json
import os
import pathlib
import pwd

SKIPPED = 77
TEST_USER = "agentbox-test"


@dataclasses.dataclass(frozen=True)
class Place:
    root: pathlib.Path
    user: str
    made_user: bool  # the tests made that user, so they also remove it
    keep: bool       # a person named the directory, and wants the images to be there the next time

    prefix = property(lambda self: self.root / "prefix")          # agentbox, installed
    tests = property(lambda self: self.root / "tests")            # these files, where the user can read them
    home = property(lambda self: self.root / "home")              # the user's
    agentbox_home = property(lambda self: self.root / "agentbox")
    agents_home = property(lambda self: self.root / "agentbox-agents")  # of the tests of the real agents, which run beside the rest
    files_home = property(lambda self: self.root / "home-files")  # of the tests of files, pipes, terminals and the network: beside the rest, too
    files_agentbox_home = property(lambda self: self.root / "agentbox-files")
    tmp = property(lambda self: self.root / "tmp")

    def save(self, record):
        record.write_text(json.dumps({**dataclasses.asdict(self), "root": str(self.root)}), encoding="utf-8")

    @staticmethod
    def load(record):
        """None when nothing was prepared."""
        try:
            values = json.loads(record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Place(**{**values, "root": pathlib.Path(values["root"])})

    def environment(self, whose="user"):
        """whose: user, agents, files or root. All that a test's process finds in its environment: no key of the developer's is among it, so none can help a test
        to pass. How to reach the network has to be: a build that installs from it runs in here."""
        root = whose == "root"
        agentbox_home = {"user": self.agentbox_home, "agents": self.agents_home, "files": self.files_agentbox_home,
                         "root": self.root / "agentbox-root"}[whose]
        home = {"root": "/root", "files": str(self.files_home)}.get(whose, str(self.home))
        user = "root" if root else self.user
        network = ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
                   "SSL_CERT_FILE")
        # As Debian's login sets it: a user's has no sbin.
        system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" if root else "/usr/local/bin:/usr/bin:/bin"
        return {"PATH": f"{self.prefix}/bin:{system}",
                "HOME": home, "USER": user, "LOGNAME": user, "SHELL": "/bin/bash", "LANG": "C.UTF-8",
                "TERM": "xterm-256color", "PYTHONDONTWRITEBYTECODE": "1",
                "TMPDIR": "/var/tmp" if root else str(self.tmp),
                "AGENTBOX_HOME": str(agentbox_home),
                **{name: os.environ[name] for name in network if name in os.environ}}


def record_path():
    return pathlib.Path(os.environ["AGENTBOX_BUILD_DIR"]) / "e2e-place.json"


def current_user():
    return pwd.getpwuid(os.geteuid()).pw_name
