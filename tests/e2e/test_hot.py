# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Directories of a live project that are the guest's own (--hot), and what projects keep of them."""

import json
import shutil
import signal
import subprocess

from harness import AGENTBOX_HOME, TestCase, agentbox, eventually


def git(project, *words):
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-C", project, *words], check=True, capture_output=True)


class Hot(TestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, AGENTBOX_HOME / "data/hot", ignore_errors=True)

    def test_they_are_the_guests_own_and_nothing_of_them_stays_on_the_host(self):
        """In one session: a package further down, a directory with content of the host's, one in which git tracks a file, and one that the user
        names. git says the same as on the host."""
        project = self.project(package_json="{}", setup_py="")
        (project / "packages/a").mkdir(parents=True)
        (project / "packages/a/package.json").write_text("{}", encoding="utf-8")
        (project / "native").mkdir()
        (project / "native/CMakeLists.txt").write_text("", encoding="utf-8")
        (project / "native/build").mkdir()
        (project / "native/build/tracked").write_text("x", encoding="utf-8")
        (project / ".gitignore").write_text("/node_modules\n", encoding="utf-8")
        (project / "node_modules").mkdir()
        (project / "node_modules/of-the-host").write_text("host", encoding="utf-8")
        if has_git := shutil.which("git") is not None:
            git(project, "init", "-q")
            git(project, "add", ".")
            git(project, "commit", "-q", "-m", "one")
        result = self.ok("run", "--hot", "auto,out", project, "--", "sh", "-ec", """
            stat -c %d . node_modules packages/a/node_modules native/build .venv out
            for d in node_modules packages/a/node_modules native/build .venv out; do echo guest > $d/made; done
            ls node_modules; ls -d packages/a/*; rmdir .venv 2> /dev/null || echo busy
            echo 'print(1)' > module.py; python3 -c 'import module'; ls -d __pycache__ 2> /dev/null || echo nowhere
            rm module.py
            git status --porcelain 2> /dev/null || echo '?? native/build/made'
        """)
        lines = result.text.splitlines()
        shared, *own = lines[:6]
        tracked = own.pop(2)
        self.assertEqual(len(set(own)), 1, result.describe())
        self.assertNotIn(shared, own, result.describe())
        self.assertEqual(tracked, shared if has_git else own[0], result.describe())
        self.assertEqual(lines[6:], ["made", "packages/a/node_modules", "packages/a/package.json", "busy", "1", "nowhere",
                                     "?? native/build/made"], result.describe())
        self.assertEqual(result.errors.count("not seen in the VM"), 1, result.describe())
        self.assert_says(result.errors, r"node_modules")
        self.assertEqual([entry.name for entry in (project / "node_modules").iterdir()], ["of-the-host"])
        for place in ("packages/a/node_modules", ".venv", "out"):
            self.assertFalse((project / place).exists(), place)

    def test_a_project_keeps_them_if_it_is_to(self):
        project = self.project(package_json="{}")
        keep = ("run", "--hot", "auto", "--hot-state", "keep", project, "--", "sh", "-c")
        self.ok(*keep, "echo one > node_modules/f; cd node_modules; seq 1 500 | xargs touch")
        listed = json.loads(self.ok("hot", "ls", "--json").text)
        self.assertEqual([(one["project"], one["state"]) for one in listed], [(str(project), "kept")])
        background = self.start(*keep, "cat node_modules/f; ls node_modules | wc -l; cat")
        background.expect_line("one")
        background.expect_line("501")
        # One session has it at a time; a second one is told, and starts empty.
        beside = self.ok(*keep, "ls -A node_modules")
        self.assertEqual(beside.out, b"")
        self.assert_says(beside.errors, "Another session has the kept hot directories")
        self.assertTrue((project / "node_modules").is_dir(), "it is the place of a session that goes on")
        self.assertNotEqual(agentbox("hot", "rm", project).code, 0)
        self.assertEqual(background.finish().code, 0)
        self.assertEqual(list(project.iterdir()), [project / "package.json"])
        self.assertEqual(self.ok("run", "--hot", "auto", project, "--", "ls", "-A", "node_modules").out, b"")
        self.ok("hot", "rm", project)
        self.assertEqual(json.loads(self.ok("hot", "ls", "--json").text), [])

    def test_a_session_that_is_killed_leaves_nothing_half_written(self):
        project = self.project(package_json="{}")
        background = self.start("run", "--hot", "auto", "--hot-state", "keep", project, "--", "sh", "-c",
                                "echo x > node_modules/f; echo written; cat")
        background.expect_line("written")
        self.assertTrue((project / "node_modules").is_dir())
        background.signal(signal.SIGKILL)
        background.process.wait()
        eventually(lambda: "cut off" in self.ok("hot", "ls").text, "the disk is free again")
        after = self.ok("run", "--hot", "auto", "--hot-state", "keep", project, "--", "ls", "-A", "node_modules")
        self.assertEqual(after.out, b"")
        self.assert_says(after.errors, "did not come to its end")
        self.assertEqual(list(project.iterdir()), [project / "package.json"])

    def test_a_disk_whose_file_system_is_damaged_costs_nothing_but_itself(self):
        project = self.project(package_json="{}")
        keep = ("run", "--hot", "auto", "--hot-state", "keep", project, "--")
        self.ok(*keep, "touch", "node_modules/f")
        image = next((AGENTBOX_HOME / "data/hot").glob("*/disk.raw"))
        with open(image, "r+b") as disk:
            disk.write(b"\xff" * 65536)
        damaged = self.ok(*keep, "ls", "-A", "node_modules")
        self.assertEqual(damaged.out, b"")
        self.assert_says(damaged.errors, "is damaged")
        self.assertNotIn("is damaged", self.ok(*keep, "true").errors)

    def test_only_a_live_project_has_them(self):
        project = self.project(package_json="{}")
        for mode in ("overlay", "copy", "readonly", "none"):
            plan = json.loads(self.ok("--dry-run", "--json", "--hot", "auto", "--workspace", mode, "run", project, "--", "true").text)
            self.assertEqual(plan["hot"]["directories"], [], mode)
        plan = json.loads(self.ok("--dry-run", "--json", "--hot", "auto", "run", project, "--", "true").text)
        self.assertEqual(plan["hot"]["directories"], ["node_modules"])
