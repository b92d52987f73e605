# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Projects whose git repository lies elsewhere: linked working trees, submodules, and .git files that lie."""

import json
import shutil
import subprocess
import unittest

from harness import HOME, TestCase

WORK = """
    git() { command git -c user.name=A -c user.email=a@example.com "$@"; }
    git status --porcelain; git log --format=%s | head -n 1
    echo new > new; git add new; git commit -q -m 'in the guest'
    echo more >> file; git stash -q; git stash pop -q; git checkout -q -- file
    git checkout -q -b side HEAD~1; echo s > s; git add s; git commit -q -m side; git rebase -q topic side; git checkout -q topic; git merge -q side
    git log --format=%s; git fsck --strict --no-dangling
"""
AFTER_WORK = ["one", "side", "in the guest", "one"]


def git(directory, *words):
    return subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always", "-C", directory, *words],
                          check=True, capture_output=True, text=True).stdout


@unittest.skipUnless(shutil.which("git"), "git is not installed on the host")
class Elsewhere(TestCase):
    def repository(self, name):
        directory = self.project(name, file="x\n")
        git(directory, "init", "-q", "-b", "main")
        git(directory, "add", ".")
        git(directory, "commit", "-q", "-m", "one")
        return directory

    def linked_tree(self):
        main = self.repository("main")
        tree = main.parent / "tree"
        git(main, "worktree", "add", "-q", tree, "-b", "topic")
        return main, tree

    def test_a_linked_working_tree_that_is_live(self):
        """What git needs to commit can be written; what would run on the host, or say where the repository is, cannot."""
        main, tree = self.linked_tree()
        before = {path: path.read_bytes() for path in [*(main / ".git/hooks").iterdir(), main / ".git/config", main / ".git/HEAD", tree / ".git"]}
        attacks = [f"{main}/.git/config", f"{main}/.git/config.worktree", f"{main}/.git/hooks/pre-commit", f"{main}/.git/commondir",
                   f"{main}/.git/worktrees/tree/commondir", f"{main}/.git/worktrees/tree/gitdir", f"{main}/.git/worktrees/tree/config.worktree"]
        result = self.ok("run", tree, "--", "sh", "-ec", WORK + f"""
            for path in {' '.join(attacks)}; do sudo sh -c "echo evil > $path" 2> /dev/null && echo "written: $path"; done
            echo x > /tmp/x; sudo mv -f /tmp/x {main}/.git/worktrees/tree/commondir 2> /dev/null && echo replaced
            sudo mv {main}/.git/hooks {main}/.git/moved 2> /dev/null && echo moved
            git branch gone; git branch -q -D gone; git gc -q; ls -A {main}
        """)
        self.assertEqual(result.text.splitlines(), [*AFTER_WORK, ".git"], result.describe())
        self.assertEqual(result.errors.count("the VM sees it, too"), 1, result.describe())
        self.assertEqual(git(tree, "log", "--format=%s").split("\n")[:2], ["side", "in the guest"])
        self.assertEqual(git(tree, "status", "--porcelain"), "")
        git(main, "fsck", "--strict")
        self.assertEqual({path: path.read_bytes() for path in before}, before)

    def test_a_linked_working_tree_and_a_submodule_on_a_layer(self):
        main, tree = self.linked_tree()
        head = git(tree, "rev-parse", "HEAD")
        result = self.ok("run", "--workspace", "overlay", tree, "--", "sh", "-ec", WORK)
        self.assertEqual(result.text.splitlines(), AFTER_WORK, result.describe())
        self.assert_says(result.errors, r"goes with it")
        self.assertEqual(git(tree, "rev-parse", "HEAD"), head)
        git(main, "fsck", "--strict")
        self.assertEqual({one["path"] for one in json.loads(self.ok("diff", "--json", "last").text)["changes"]}, {"new", "s"})
        self.ok("discard", "last")

        outer = self.repository("outer")
        git(outer, "submodule", "add", "-q", main, "sub")
        sub = outer / "sub"
        git(sub, "checkout", "-q", "-b", "topic", "HEAD")
        result = self.ok("run", "--workspace", "overlay", sub, "--", "sh", "-ec", WORK)
        self.assertEqual(result.text.splitlines(), AFTER_WORK, result.describe())
        self.ok("discard", "last")

    def test_a_submodule_that_is_live(self):
        outer, inner = self.repository("outer"), self.repository("inner")
        git(outer, "submodule", "add", "-q", inner, "sub")
        sub, modules = outer / "sub", outer / ".git/modules/sub"
        git(sub, "checkout", "-q", "-b", "topic")
        before = (modules / "config").read_bytes()
        result = self.ok("run", sub, "--", "sh", "-ec", WORK + f"""
            for path in config hooks/pre-commit commondir; do sudo sh -c "echo evil > {modules}/$path" 2> /dev/null && echo "written: $path"; done
            true
        """)
        self.assertEqual(result.text.splitlines(), AFTER_WORK, result.describe())
        self.assertEqual(git(sub, "status", "--porcelain"), "")
        self.assertEqual((modules / "config").read_bytes(), before)
        self.assertFalse((modules / "commondir").exists())

    def test_a_git_file_that_names_what_is_not_its_own_is_told_and_opens_nothing(self):
        """Attack: a project that comes with a .git file, to be shown keys or another repository."""
        victim = self.repository("victim")
        (HOME / ".ssh").mkdir(exist_ok=True)
        for target in (HOME / ".ssh", victim / ".git"):
            project = self.project()
            (project / ".git").write_text(f"gitdir: {target}\n", encoding="utf-8")
            plan = json.loads(self.ok("--dry-run", "--json", "run", project, "--", "true").text)
            self.assertIsNone(plan["git_directory"])
            self.assertIn("git does not work in the VM", "\n".join(plan["warnings"]))
        self.assertEqual(self.ok("run", project, "--", "sh", "-c", f"ls -A {victim} 2> /dev/null; echo end").out, b"end\n")
