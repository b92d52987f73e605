# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What a session cannot change and cannot see, and what is said and can be taken back of the rest. One VM for many attacks."""

import json
import os
import shutil
import signal
import stat
import subprocess

from harness import AGENTBOX_HOME, HOME, TestCase, agentbox, environment, result_of

GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com",
       "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com"}


def git(directory, *words):
    return subprocess.run(["git", *words], cwd=directory, check=True, capture_output=True, text=True, env=environment(**GIT)).stdout


class Attacks(TestCase):
    """What a "try" attempts is printed when it succeeds."""

    TRY = 'try() { what=$1; shift; if "$@" 2>/dev/null; then echo "succeeded: $what"; fi; }\n'

    def repository(self):
        if not shutil.which("git"):
            self.skipTest("git is not installed")
        project = self.project(file_txt="x\n")
        git(project, "init", "-q", "-b", "main")
        git(project, "add", "file.txt")
        git(project, "commit", "-q", "-m", "first")
        (project / "nested").mkdir()
        git(project / "nested", "init", "-q")
        (project / ".env").write_text("SECRET=hidden-value\n", encoding="utf-8")
        (project / "nested/.env").write_text("SECRET=hidden-value\n", encoding="utf-8")
        (project / ".env.example").write_text("SECRET=\n", encoding="utf-8")
        (project / "private").mkdir()
        (project / "private/notes").write_text("hidden-value\n", encoding="utf-8")
        (project / ".agentboxignore").write_text("# not for agents\n/private/\n!.env\n", encoding="utf-8")
        (project / "home").symlink_to(HOME)
        return project

    ATTACKS = TRY + r"""
        try 'writes config' sh -c 'echo x >> .git/config'
        try 'sets a hooksPath' git config core.hooksPath evil
        try 'writes a hook' sh -c 'echo x > .git/hooks/pre-commit'
        try 'links a hook' ln -s ../../evil .git/hooks/post-commit
        try 'moves .git' mv .git git-away
        try 'moves hooks' mv .git/hooks hooks-away
        try 'turns git elsewhere' sh -c 'echo ../evil > .git/commondir'
        try 'writes the nested config' sh -c 'echo x >> nested/.git/config'
        mv nested moved
        try 'writes the moved config' sh -c 'echo x >> moved/.git/config'
        try 'writes the moved hook' sh -c 'echo x > moved/.git/hooks/post-checkout'
        mv moved nested
        mkdir -p a/b/.claude
        try 'makes settings of an agent' sh -c 'echo {} > a/b/.claude/settings.json'
        mkdir -p c a/.vscode; echo {} > c/settings.json
        try 'moves tasks of an editor in' mv c/settings.json a/.vscode/tasks.json
        try 'moves a directory of settings in' mv c .claude
        grep -r hidden-value . && echo 'succeeded: reads a secret'
        try 'reads the notes' cat private/notes
        try 'writes .env' sh -c 'echo x >> .env'
        try 'makes .env' sh -c 'echo x > a/.env'
        try 'moves to .env' sh -c 'echo x > plain; mv plain a/.env'
        try 'moves .env' mv .env env
        try 'links .env' ln .env env2
        try 'removes .env' rm -f .env
        try 'writes .agentboxignore' sh -c 'echo > .agentboxignore'
        try 'reads a late secret' cat late.pem
        try 'reads a home' test -e home/.ssh
        echo x > tool; try 'makes a set-uid program' chmod 4755 tool
        try 'makes a fifo' mkfifo fifo; try 'makes a device' sudo mknod device c 1 3
        try 'makes a socket' python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
        ln -s /etc/passwd passwd; ln tool tool2
    """

    WORK = r"""
        export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com
        cat .env.example; test ! -s .env
        git checkout -q -b work; echo y >> file.txt; git commit -q -am second; echo z >> file.txt; git stash -q; git stash pop -q
        git checkout -q file.txt; git tag t; git gc -q; git worktree add -q wt main; (cd wt; git status --porcelain; git log --format=%s)
        git worktree remove wt; mkdir fresh; cd fresh; git init -q; git commit -q --allow-empty -m fresh; git config user.name B; cd ..
        git config user.name B 2>&1 | grep -o 'Operation not permitted\|Read-only file system'
        git log --format=%s
    """

    def test_what_is_guarded_and_hidden_and_what_works(self):
        project = self.repository()
        before = {name: (project / name).read_bytes() for name in (".git/config", "nested/.git/config", ".env", ".agentboxignore")}
        hooks = sorted(os.listdir(project / ".git/hooks"))
        background, _ = self.start_session(project, "--json")
        (project / "late.pem").write_text("hidden-value\n", encoding="utf-8")
        attacks = self.ok("exec", "last", "--", "bash", "-c", self.ATTACKS)
        work = self.ok("exec", "last", "--", "bash", "-ec", self.WORK)
        result = background.finish()
        self.assertEqual(result.code, 0, result.describe())
        self.assertEqual(attacks.text, "", attacks.describe())
        self.assertEqual(work.text.splitlines()[:4], ["SECRET=", "first", "Operation not permitted", "second"], work.describe())
        self.assertEqual(before, {name: (project / name).read_bytes() for name in before})
        self.assertEqual(sorted(os.listdir(project / ".git/hooks")), hooks)
        self.assertEqual(git(project, "log", "--format=%s", "work"), "second\nfirst\n")
        self.assertFalse((project / "a/.env").exists())
        for name in ("fifo", "device", "socket"):
            self.assertFalse((project / name).exists(), name)
        self.assertFalse((project / "tool").stat().st_mode & stat.S_ISUID)
        found = {entry["path"]: entry["what"] for entry in result_of(result)["guard"]["leftovers"]}
        self.assertEqual(found.get("fresh/.git/config"), "new", found)
        self.assertEqual(found.get("passwd"), "a link that leaves the project", found)
        self.assertEqual({found.get("tool"), found.get("tool2")}, {"a hard link"}, found)

    def test_reviewed_and_readonly_sessions_see_no_secrets(self):
        project = self.repository()
        for mode in ("overlay", "copy", "readonly"):
            result = self.ok("run", "--workspace", mode, project, "--", "sh", "-c", "cat .env nested/.env; cat private/notes; cat .env.example")
            self.assertEqual(result.text, "SECRET=\n", mode)


class Aftermath(TestCase):
    def project_with_files(self):
        project = self.project(notes_txt="mine\n", Makefile="all:\n")
        (project / "package.json").write_text('{"version": "1", "scripts": {"test": "true"}}\n', encoding="utf-8")
        self.addCleanup(shutil.rmtree, AGENTBOX_HOME / "data/changes", ignore_errors=True)
        return project

    CHANGES = """echo 'all: ; evil' > Makefile; echo lost > notes.txt; mkdir -p .github/workflows; echo x > .github/workflows/x.yml
                 touch package.json; echo '{"version": "2", "scripts": {"test": "true"}}' > package.json"""

    def test_it_is_told_and_taken_back(self):
        project = self.project_with_files()
        makefile = project / "Makefile"
        quiet = agentbox("run", "--strict", project, "--", "sh", "-c", "echo x > source.c; touch Makefile")
        self.assertEqual((quiet.code, quiet.errors), (0, ""), quiet.describe())
        result = agentbox("run", "--strict", project, "--", "sh", "-ec", self.CHANGES)
        self.assertEqual(result.code, 123, result.describe())
        self.assert_says(result.errors, r"Makefile: changed \(a build\)")
        self.assert_says(result.errors, r"\.github/workflows/x\.yml: new \(a CI service\)")
        self.assertNotIn("package.json", result.errors)
        self.assertNotIn("notes.txt", result.errors)
        self.ok("undo", cwd=project)
        self.assertEqual((project / "notes.txt").read_text(encoding="utf-8"), "lost\n")
        (project / "notes.txt").write_text("changed since\n", encoding="utf-8")
        self.assertEqual(agentbox("undo", "--yes", cwd=project).code, 1)
        self.assertEqual(makefile.read_text(encoding="utf-8"), "all: ; evil\n")
        (project / "notes.txt").write_text("lost\n", encoding="utf-8")
        self.ok("undo", "--yes", cwd=project)
        self.assertEqual((project / "notes.txt").read_text(encoding="utf-8"), "mine\n")
        self.assertEqual(makefile.read_text(encoding="utf-8"), "all:\n")
        self.assertFalse((project / ".github/workflows/x.yml").exists())
        self.assertEqual(list((AGENTBOX_HOME / "data/before").iterdir()), [])

    def test_mounts_are_looked_at_too_beside_a_project_that_is_reviewed(self):
        project, mount = self.project(), self.project_with_files()
        closed = self.project()
        result = agentbox("run", "--json", "--strict", "--workspace", "overlay", "--mount", mount, "--mount", f"{closed}:ro", project, "--", "sh", "-ec",
                          f"echo x > new.txt; cd {mount}; {self.CHANGES}")
        self.assertEqual(result.code, 123, result.describe())
        report = result_of(result)
        self.assertEqual([(one["directory"], sorted(found["path"] for found in one["leftovers"])) for one in report["guard"]["mounts"]],
                         [(str(mount), [".github/workflows/x.yml", "Makefile"])])
        self.assertEqual(report["guard"]["leftovers"], [])
        self.assertEqual(report["changes"]["count"], 1)
        self.ok("undo", "--yes", cwd=mount)
        self.assertEqual((mount / "notes.txt").read_text(encoding="utf-8"), "mine\n")
        self.assertEqual((mount / "Makefile").read_text(encoding="utf-8"), "all:\n")
        self.assertFalse((mount / ".github/workflows/x.yml").exists())
        self.ok("apply", cwd=project)
        self.assertEqual((project / "new.txt").read_text(encoding="utf-8"), "x\n")

    def test_a_killed_launcher_leaves_it_to_the_next(self):
        project = self.project_with_files()
        background, directory = self.start_session(project)
        self.ok("exec", "last", "--", "sh", "-c", "echo evil > conftest.py")
        background.signal(signal.SIGKILL)
        background.process.wait()
        result = self.ok("run", "--workspace", "none", "--", "true")
        self.assert_says(result.errors, r"conftest\.py: new \(Python\)")
        self.ok("undo", "--yes", directory.name, cwd=project)
        self.assertFalse((project / "conftest.py").exists())

    def test_changes_for_review_are_looked_at_alike(self):
        project = self.project_with_files()
        result = agentbox("run", "--json", "--workspace", "overlay", project, "--", "sh", "-ec",
                               "echo x > conftest.py; echo x > plain.py; ln -s /etc/passwd link")
        found = {entry["path"]: entry["what"] for entry in json.loads(result.errors.splitlines()[-1])["guard"]["leftovers"]}
        self.assertEqual(found, {"conftest.py": "new", "link": "a link that leaves the project"})
        self.ok("discard", "last")
