# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""agentbox run by root, in a home of root's own. Its image is a copy of the test user's; the template is made anew."""

import os
import shutil

import images
from harness import AGENTBOX_HOME, TestCase, alive, environment, qemu_of, only_session


class Root(TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(AGENTBOX_HOME, ignore_errors=True)
        images.copy_base("dev")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(AGENTBOX_HOME)

    def project(self, name=None, **files):
        """Root's home is in use on a developer's machine; projects of the test lie beside its state."""
        directory = AGENTBOX_HOME.parent / "root-projects" / self.id()
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True, mode=0o700)
        self.addCleanup(shutil.rmtree, directory)
        for file, content in files.items():
            (directory / file.replace("_", ".")).write_text(content, encoding="utf-8")
        return directory

    def test_files_belong_to_root_and_the_guests_user_may_use_them(self):
        project = self.project(in_txt="x\n")
        (project / "in.txt").chmod(0o600)
        result = self.ok("run", project, "--", "sh", "-ec", "id -u; cat in.txt; echo y > out; sudo sh -c 'echo z > by-root'; exit 3",
                         code=3)
        self.assertEqual(result.text, "1000\nx\n")
        for name in ("out", "by-root"):
            self.assertEqual(((project / name).stat().st_uid, (project / name).stat().st_gid), (0, 0), name)

    def test_files_of_others_in_the_project(self):
        """Root owns the project, but not all that is in it; inside the confinement root is nobody special."""
        project = self.project(theirs_txt="x\n")
        os.chown(project / "theirs.txt", 12345, 12345)
        (project / "theirs.txt").chmod(0o600)
        result = self.ok("run", project, "--", "sh", "-c", "sudo cat theirs.txt || echo refused; sudo chown 0 theirs.txt; echo ok > mine; cat mine")
        self.assertEqual(result.text, "refused\nok\n")
        self.assertEqual((project / "theirs.txt").stat().st_uid, 12345)

    def test_read_only(self):
        project = self.project(in_txt="x\n")
        result = self.ok("run", "--workspace", "readonly", project, "--", "sh", "-c",
                         'cat in.txt; sudo mount -o remount,rw "$PWD"; sudo sh -c "echo y > in.txt" || echo refused')
        self.assertEqual(result.text, "x\nrefused\n")
        self.assertEqual((project / "in.txt").read_text(encoding="utf-8"), "x\n")

    def test_qemu_has_no_rights_of_root(self):
        background, directory = self.start_session(self.project())
        qemu = qemu_of(only_session())
        status = dict(line.split(":\t", 1) for line in open(f"/proc/{qemu.pid}/status", encoding="utf-8") if ":\t" in line)
        for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[kind], 16), 0, kind)
        self.assertEqual(status["NoNewPrivs"].strip(), "1")
        self.assertEqual(background.finish().code, 0)
        self.assertFalse(alive(qemu.pid), directory)

    def test_refused_directories(self):
        self.ok("run", "/root", "--", "true", code=2, env=environment(HOME="/root"))
        self.ok("run", "/", "--", "true", code=2)
