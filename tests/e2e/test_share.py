# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The project's directory as programs in the guest find it, in each mode, held against what POSIX says (share_conformance.py)."""

import json
import os
import pathlib
import shutil
import subprocess

from harness import RUN_LIMIT, TestCase

SUITE = pathlib.Path(__file__).with_name("share_conformance.py")
READ_ONLY_SUITE = pathlib.Path(__file__).with_name("share_readonly.py")

# What each cannot do (docs/workspace.md). Each must still fail, so that the lists stay true.
LIMITS_OF_THE_SHARE = {
    "cut_a_file_that_has_no_name_any_more",  # 9p names the file in the request
    "times_are_set_to_the_nanosecond",       # the kernel's 9p client rounds to seconds
    "fifos_and_sockets",                     # refused: what waits for ever on the host is nothing to share
}
# On the guest's own disk the bits can be set, and the mount ignores them; the host never sees them.
LIMITS_OF_THE_GUESTS_DISK = {"nobody_makes_a_program_that_changes_its_user"}


class Conformance(TestCase):
    def check(self, limits, *options, directory="."):
        project = self.project()
        result = self.ok("run", *options, project, "--", "sh", "-c", f'exec python3 - "$PWD/{directory}"', stdin=SUITE.read_bytes())
        lines = result.text.splitlines()
        self.assertGreater(len(lines), 30, result.describe())
        failed = {line.removeprefix("not ok ").split(":")[0]: line for line in lines if not line.startswith("ok ")}
        self.assertEqual(set(failed), limits, "\n".join(failed.values()))
        self.assertEqual(list(project.iterdir()), [], "each check takes away what it made, on the host too")

    def test_live(self):
        self.check(LIMITS_OF_THE_SHARE, "--workspace", "live")

    def test_overlay(self):
        self.check(LIMITS_OF_THE_GUESTS_DISK, "--workspace", "overlay")

    def test_copy(self):
        self.check(LIMITS_OF_THE_GUESTS_DISK, "--workspace", "copy")

    def test_readonly(self):
        """Reading works as ever, and whatever would change something fails with EROFS: first by the guest's own mount, and, after its root has made that
        writable, by the host."""
        project = self.project(file="text\n")
        (project / "run").write_text("#!/bin/sh\necho ran\n", encoding="utf-8")
        (project / "run").chmod(0o755)
        (project / "d/empty").mkdir(parents=True)
        (project / "d/inner").write_text("inner\n", encoding="utf-8")
        (project / "link").symlink_to("d/inner")
        before = {path: (path.lstat().st_mode, path.lstat().st_mtime_ns, path.lstat().st_nlink) for path in (project, *project.rglob("*"))}
        result = self.ok("run", "--workspace", "readonly", project, "--", "sh", "-c",
                         'cat > /tmp/suite.py; python3 /tmp/suite.py . || exit; echo writable; sudo mount -o remount,rw "$PWD" && sudo python3 /tmp/suite.py .',
                         stdin=READ_ONLY_SUITE.read_bytes())
        lines = result.text.splitlines()
        self.assertEqual(lines.count("writable"), 1, result.describe())
        self.assertGreater(lines.index("writable"), 25, result.describe())
        self.assertGreater(len(lines) - lines.index("writable"), 25, result.describe())
        self.assertEqual([line for line in lines if not line.startswith("ok ") and line != "writable"], [])
        self.assertEqual({path: (path.lstat().st_mode, path.lstat().st_mtime_ns, path.lstat().st_nlink) for path in (project, *project.rglob("*"))}, before)

    def test_a_hot_directory(self):
        self.check(LIMITS_OF_THE_GUESTS_DISK, "--hot", "out", directory="out")


class BothSides(TestCase):
    def test_a_log_that_host_and_guest_write_to(self):
        """Each line is there, whole: neither side writes over the other's. They take turns of a few lines, as programs do that open, append, close."""
        project = self.project(log="")
        background = self.start("run", project, "--", "sh", "-c", "while read -r line; do echo \"guest $line\" >> log; echo done; done")
        for number in range(20):
            with open(project / "log", "a", encoding="utf-8") as log:
                log.write(f"host {number}\n")
            background.write(f"{number}\n".encode())
            background.expect_line("done")
        self.assertEqual(background.finish().code, 0)
        lines = (project / "log").read_text(encoding="utf-8").splitlines()
        self.assertEqual(lines, [f"{side} {number}" for number in range(20) for side in ("host", "guest")])

    def test_a_hundred_thousand_files(self):
        project = self.project()
        for number in range(100):
            directory = project / f"d{number}"
            directory.mkdir()
            for inner in range(1000):
                os.close(os.open(directory / str(inner), os.O_CREAT | os.O_WRONLY))
        self.addCleanup(shutil.rmtree, project)
        for mode, count in (("live", 100000), ("overlay", 99000), ("copy", 9000)):
            if mode == "copy":  # each is read and written once: a tenth is as many as an emulated processor takes in a minute
                for number in range(10, 100):
                    shutil.rmtree(project / f"d{number}")
            gone = "d1" if mode == "live" else "d2"
            found = self.ok("run", "--workspace", mode, project, "--", "sh", "-c", f"find . -type f | wc -l; rm -r {gone}; find . -type f | wc -l")
            self.assertEqual(found.text.split(), [str(count), str(count - 1000)], mode)
            self.assertEqual((project / gone).exists(), mode != "live", mode)
        self.ok("discard", "last")


PACKAGE = {"name": "p", "version": "1.0.0", "dependencies": {"is-odd": "3.0.1", "left-pad": "1.3.0", "minimist": "1.2.8"}}


class Npm(TestCase):
    CI = "(cd $1; npm ci --silent --offline --cache /var/tmp/npm-cache; ls node_modules | sort | tr '\\n' ' '; ls node_modules/is-odd/index.js)"
    INSTALLED = "is-number is-odd left-pad minimist node_modules/is-odd/index.js\n"

    def fetch(self, directory):
        """By the host's npm, so that no VM needs the network for it."""
        (directory / "package.json").write_text(json.dumps(PACKAGE), encoding="utf-8")
        options = ["--silent", "--omit-lockfile-registry-resolved=false", "--cache", directory / "npm-cache"]
        for command in (["install", "--package-lock-only"], ["ci"]):
            if not shutil.which("npm") or subprocess.run(["npm", *command, *options], cwd=directory, check=False, timeout=RUN_LIMIT).returncode != 0:
                self.skipTest("there is no npm here, or no registry that it reaches")
        shutil.rmtree(directory / "node_modules")

    def test_ci_of_a_real_project_in_each_mode(self):
        project = self.project()
        (project / "shared").mkdir()
        self.fetch(project / "shared")
        shutil.copytree(project / "shared", project / "hot", ignore=shutil.ignore_patterns("npm-cache"))
        before = set(project.rglob("*"))
        for mode in ("overlay", "copy"):
            result = self.ok("run", "--workspace", mode, project, "--", "sh", "-ec", f"cp -r shared/npm-cache /var/tmp; set -- shared; {self.CI}")
            self.assertEqual(result.text, self.INSTALLED, mode)
            self.assertEqual(set(project.rglob("*")), before, mode)
        result = self.ok("run", "--workspace", "live", "--hot", "hot/node_modules", project, "--", "sh", "-ec",
                         f"cp -r shared/npm-cache /var/tmp; for d in shared hot; do set -- $d; {self.CI}; done")
        self.assertEqual(result.text, 2 * self.INSTALLED)
        self.assertTrue((project / "shared/node_modules/is-odd/package.json").is_file())
        self.assertFalse((project / "hot/node_modules").exists())
