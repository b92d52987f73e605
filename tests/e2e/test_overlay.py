# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The modes in which a project stays as it is until its user says otherwise."""

import os
import pathlib

from harness import TestCase


def tree(directory):
    """Everything below a directory: kind, mode and content by path (bytes)."""
    found = {}
    for parent, directories, files in os.walk(os.fsencode(directory)):
        for name in directories + files:
            path = os.path.join(parent, name)
            status = os.lstat(path)
            key = os.path.relpath(path, os.fsencode(directory))
            if os.path.islink(path):
                found[key] = ("link", os.readlink(path))
            elif os.path.isdir(path):
                found[key] = ("directory", status.st_mode & 0o777)
            else:
                found[key] = ("file", status.st_mode & 0o777, pathlib.Path(os.fsdecode(path)).read_bytes())
    return found


class Modes(TestCase):
    WORK = """
        cat in.txt; stat -c %U . in.txt
        echo more >> in.txt; mv dir moved; rm gone.txt; echo new > new.txt; chmod 600 mode.txt
        cat in.txt moved/deep/file; ls
    """

    def work_in(self, mode):
        project = self.project(in_txt="from the host\n", gone_txt="x", mode_txt="x")
        (project / "dir/deep").mkdir(parents=True)
        (project / "dir/deep/file").write_text("deep\n", encoding="utf-8")
        before = tree(project)
        result = self.ok("run", "--workspace", mode, project, "--", "sh", "-ec", self.WORK)
        lines = result.text.splitlines()
        self.assertEqual(lines[0], "from the host")
        self.assertEqual(len(set(lines[1:3])), 1)
        self.assertNotEqual(lines[1], "root")
        self.assertEqual(lines[3:], ["from the host", "more", "deep", "in.txt", "mode.txt", "moved", "new.txt"])
        self.assertEqual(tree(project), before)

    def test_overlay(self):
        self.work_in("overlay")

    def test_copy(self):
        self.work_in("copy")
