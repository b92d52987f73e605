# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The project's directory as programs in the guest find it, held against what POSIX says (share_conformance.py)."""

import pathlib

from harness import TestCase

SUITE = pathlib.Path(__file__).with_name("share_conformance.py")

# What the shared directory itself cannot do (docs/workspace.md). Each must still fail, so that the list stays true.
LIMITS_OF_THE_SHARE = {
    "cut_a_file_that_has_no_name_any_more",  # 9p names the file in the request
    "times_are_set_to_the_nanosecond",       # the kernel's 9p client rounds to seconds
    "fifos_and_sockets",                     # refused: what waits for ever on the host is nothing to share
}


class Conformance(TestCase):
    def outcome(self, *options):
        project = self.project()
        result = self.ok("run", *options, project, "--", "sh", "-c", 'exec python3 - "$PWD"', stdin=SUITE.read_bytes())
        lines = result.text.splitlines()
        self.assertGreater(len(lines), 30, result.describe())
        failed = {line.removeprefix("not ok ").split(":")[0]: line for line in lines if not line.startswith("ok ")}
        return failed, project

    def test_live(self):
        failed, project = self.outcome("--workspace", "live")
        self.assertEqual(set(failed), LIMITS_OF_THE_SHARE, "\n".join(failed.values()))
        self.assertEqual(list(project.iterdir()), [], "each check takes away what it made, on the host too")
