# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What takes long in a project's directory: many files, and packages that are installed, in each mode."""

import json
import os
import shutil
import subprocess

from harness import RUN_LIMIT, TestCase

COPY_LIMIT = 1800  # seconds: each file is read and written once, by an emulated processor


class ManyFiles(TestCase):
    def test_a_hundred_thousand_files(self):
        project = self.project()
        for number in range(100):
            directory = project / f"d{number}"
            directory.mkdir()
            for inner in range(1000):
                os.close(os.open(directory / str(inner), os.O_CREAT | os.O_WRONLY))
        self.addCleanup(shutil.rmtree, project)
        for mode, count in (("live", 100000), ("overlay", 99000), ("copy", 99000)):
            gone = "d1" if mode == "live" else "d2"
            found = self.ok("run", "--workspace", mode, project, "--", "sh", "-c", f"find . -type f | wc -l; rm -r {gone}; find . -type f | wc -l",
                            limit=COPY_LIMIT if mode == "copy" else RUN_LIMIT)
            self.assertEqual(found.text.split(), [str(count), str(count - 1000)], mode)
            self.assertEqual((project / gone).exists(), mode != "live", mode)
        self.ok("discard", "last")

    def test_a_hundred_thousand_changes(self):
        """All are brought out, shown, applied and taken back."""
        project = self.project(kept_txt="of the host\n")
        self.addCleanup(shutil.rmtree, project)
        self.ok("run", "--workspace", "overlay", project, "--", "sh", "-ec",
                "for d in $(seq 100); do mkdir d$d; cd d$d; seq 1000 | xargs touch; cd ..; done; echo changed > kept.txt")
        self.assertEqual(os.listdir(project), ["kept.txt"])
        self.assertEqual(len(self.ok("diff", "--name-only", "last").text.splitlines()), 100001)
        self.ok("apply", "last")
        self.assertEqual(sum(len(files) for _, _, files in os.walk(project)), 100001)
        self.assertEqual((project / "kept.txt").read_text(encoding="utf-8"), "changed\n")
        self.ok("undo", "--yes", "last")
        self.assertEqual(os.listdir(project), ["kept.txt"])
        self.assertEqual((project / "kept.txt").read_text(encoding="utf-8"), "of the host\n")


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
