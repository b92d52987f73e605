# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""A host that refuses user namespaces: Landlock, seccomp and agentbox-wire's own TCP/IP take the place of bubblewrap and the
network room. The same base, and a template that both kinds share."""

import os
import pathlib
import subprocess
import tempfile

import harness
from harness import TestCase, descendants, qemu_of
from test_network import HOST_SEEN_FROM_GUEST, HostService

WITHOUT_NAMESPACES = pathlib.Path(__file__).parent / "without_namespaces.sh"


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


class Landlock(TestCase):
    @classmethod
    def setUpClass(cls):
        probe = subprocess.run(["sh", WITHOUT_NAMESPACES, "unshare", "--user", "true"], capture_output=True, check=False)
        if b"No space left" not in probe.stderr:
            raise AssertionError(f"cannot take user namespaces away here: {probe.stderr}")
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        program = pathlib.Path(directory.name) / "agentbox"
        program.write_text(f'#!/bin/sh\nexec sh "{WITHOUT_NAMESPACES}" agentbox "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        cls.addClassCleanup(setattr, harness, "AGENTBOX", harness.AGENTBOX)
        harness.AGENTBOX = str(program)

    def test_doctor_names_what_is_used(self):
        result = harness.agentbox("doctor")
        self.assert_says(result.text + result.errors, "Landlock .* and seccomp work")

    def test_a_session_works_and_its_files_are_the_users(self):
        project = self.project(in_txt="x\n")
        result = self.ok("run", project, "--", "sh", "-ec", "cat in.txt; id -u; echo y > out; mkdir d; mv out d; ln -s d/out link; "
                         "cat link; chmod 600 d/out; sudo true; touch ~/mine; exit 3", code=3)
        self.assertEqual(result.text, f"x\n{os.geteuid()}\ny\n")
        self.assertEqual((project / "d/out").stat().st_uid, os.geteuid())
        self.assertEqual((project / "d/out").stat().st_mode & 0o7777, 0o600)

    def test_a_read_only_project_and_a_template_for_both_kinds(self):
        project = self.project(in_txt="x\n")
        result = self.ok("run", "--json", "--workspace", "readonly", project, "--", "sh", "-c", "cat in.txt; echo y > in.txt || echo refused")
        self.assertEqual(result.text, "x\nrefused\n")
        self.assert_says(result.errors, '"start": ?"fork"')

    def test_a_copy_of_a_project_with_secrets(self):
        """Nothing can be mounted over them there: they show in listings, can be neither opened nor listed, and are empty in the copy."""
        project = self.project(in_txt="x\n")
        (project / ".ssh").mkdir()
        (project / ".ssh/config").write_text("hidden-value\n", encoding="utf-8")
        (project / ".env").write_text("hidden-value\n", encoding="utf-8")
        result = self.ok("run", "--json", "--workspace", "copy", project, "--", "sh", "-c", "cat in.txt .env; ls -A .ssh; grep -r hidden-value . || true")
        self.assertEqual(result.text, "x\n")
        self.assert_says(result.errors, '"count": ?0')

    def test_the_network_has_the_same_ends(self):
        with HostService() as service:
            result = self.ok(
                "run", "--network", "allowlist", self.project(), "--", "sh", "-c",
                f"curl -s --max-time 20 http://{HOST_SEEN_FROM_GUEST}:{service.port}/a; echo $?;"
                "curl -s --max-time 20 -o /dev/null -w '%{http_code}\\n' http://203.0.113.9/;"
                "getent ahosts denied.example || echo no name;"
                "curl -s --max-time 20 -o /dev/null -w '%{http_code}\\n' http://10.0.2.2:8080/;"
                "curl -s --max-time 20 -x http://10.0.2.2:3128 -o /dev/null -w '%{http_code}\\n' http://denied.example/")
        self.assertEqual(service.asked, [])
        self.assertNotEqual(result.text.split("\n", 1)[0], "0")
        self.assertEqual(result.text.split("\n", 1)[1], "403\nno name\n503\n403\n")

    def test_every_process_is_locked_in(self):
        background, directory = self.start_session(self.project())
        launcher = background.process.pid
        names = {process.name: process.pid for process in descendants(launcher)}
        names["qemu"] = qemu_of(directory).pid
        for name in ("qemu", "agentbox-wire", "agentbox-gatewa"):
            status = status_of(names[name])
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"], status["CapEff"]), ("1", "2", "0" * 16), name)
        self.assertNotIn("bwrap", names)
        background.finish()
