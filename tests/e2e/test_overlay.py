# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The modes in which a project stays as it is until its user says otherwise."""

import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import tempfile

from harness import (AGENTBOX, AGENTBOX_HOME, RUN_LIMIT, TestCase, agentbox, descendants, environment, eventually, result_of, session_record,
                     sessions_on_disk, vm_processes)
from terminal import Tmux

CHANGES = AGENTBOX_HOME / "data/changes"


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

        self.ok("apply", cwd=project)
        self.assertFalse((project / "dir").exists())
        self.assertFalse((project / "gone.txt").exists())
        self.assertEqual((project / "in.txt").read_text(encoding="utf-8"), "from the host\nmore\n")
        self.assertEqual((project / "moved/deep/file").read_text(encoding="utf-8"), "deep\n")
        self.assertEqual((project / "mode.txt").stat().st_mode & 0o777, 0o600)
        after = tree(project)
        self.ok("undo", cwd=project)
        self.assertEqual(tree(project), after)
        self.ok("undo", "--yes", cwd=project)
        self.assertEqual(tree(project), before)
        self.ok("discard", "last")

    def test_overlay(self):
        self.work_in("overlay")

    def test_copy(self):
        self.work_in("copy")

    def test_a_copy_is_of_files_alone(self):
        """Their contents are asked for some files ahead, among which can be what nobody answers for."""
        project = self.project(**{f"file{number}": f"{number}\n" for number in range(10, 50)})
        os.mkfifo(project / "fifo")
        os.mknod(project / "socket", stat.S_IFSOCK | 0o600)
        (project / "nowhere").symlink_to("file99")
        result = self.ok("run", "--workspace", "copy", project, "--", "sh", "-c", "cat file*; readlink nowhere; ls | grep -v file")
        self.assertEqual(result.text.splitlines(), [*map(str, range(10, 50)), "file99", "nowhere"])


class Review(TestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, CHANGES, ignore_errors=True)

    def session(self, project, script, **how):
        return self.ok("run", "--workspace", "overlay", project, "--", "sh", "-ec", script, **how)

    def test_apply_gives_the_tree_of_the_guest(self):
        """Names with newlines, bytes that are no text, links, binary files, modes, directories that were renamed or became files."""
        project = self.project(in_txt="one\ntwo\n", will_dir="x", bin="\0x", Case="case\n")
        for directory in ("old", "becomes-file"):
            (project / directory / "deep").mkdir(parents=True)
            (project / directory / "deep/f").write_text(directory, encoding="utf-8")
        result = self.session(project, r"""
            echo three >> in.txt; rm will.dir; mkdir will.dir; echo y > will.dir/y; mv old new; mv Case case; rm -r becomes-file; echo z > becomes-file
            printf x > "$(printf 'new\nline')"; printf x > "$(printf 'raw\377')"; printf x > 'sp ace"q'; printf '\0\1' > bin
            ln -s in.txt link; ln -s nowhere dangling; mkdir empty; chmod 711 empty; printf '#!/bin/sh\n' > run; chmod 755 run
            mkdir many; cd many; seq 1 2000 | xargs touch; cd ..
            find . -print0 | LC_ALL=C sort -z | xargs -0 stat -c '%F %a %s %N' | grep -v ' directory' | md5sum
        """)
        before = tree(project)
        patch = self.ok("diff", "last", "--patch-out", project.parent / f"{project.name}.patch")
        self.assertEqual(patch.out, b"")
        copy = pathlib.Path(tempfile.mkdtemp(dir=project.parent)) / "copy"
        shutil.copytree(project, copy, symlinks=True)
        self.ok("apply", "last")
        after = tree(project)
        self.assertNotEqual(before, after)
        expect = subprocess.run(["sh", "-c", "find . -print0 | LC_ALL=C sort -z | xargs -0 stat -c '%F %a %s %N' | grep -v ' directory' | md5sum"],
                                cwd=project, capture_output=True, check=True).stdout
        self.assertEqual(result.out, expect)
        if shutil.which("git"):
            subprocess.run(["git", "apply", project.parent / f"{project.name}.patch"], cwd=copy, check=True,
                           env=environment(GIT_CEILING_DIRECTORIES=str(copy.parent)))
            files = {name: state for name, state in after.items() if state[0] != "directory"}
            applied = {name: state for name, state in tree(copy).items() if state[0] != "directory"}
            self.assertEqual({name: state[-1] for name, state in applied.items()}, {name: state[-1] for name, state in files.items()})

    def test_what_the_host_changed_is_a_conflict(self):
        project = self.project(a_txt="a\n", b_txt="b\n", c_txt="c\n")
        background, _ = self.start_session(project, "--workspace", "overlay")
        self.ok("exec", "last", "--", "sh", "-ec", "echo guest >> a.txt; echo guest >> b.txt; rm c.txt; echo new > new.txt")
        (project / "a.txt").write_text("host\n", encoding="utf-8")
        stat = self.ok("diff", "--stat", cwd=project)  # of the running session
        self.assert_says(stat.text, r"b\.txt")
        self.assert_says(stat.errors, r"conflict: a\.txt")
        self.assertEqual(background.finish().code, 0)
        (project / "b.txt").write_text("host, later\n", encoding="utf-8")
        before = tree(project)
        refused = agentbox("apply", "last", cwd=project)
        self.assertEqual(refused.code, 1, refused.describe())
        self.assert_says(refused.errors, r"a\.txt")
        self.assert_says(refused.errors, r"b\.txt")
        self.assertEqual(tree(project), before)
        self.ok("apply", "last", "c.txt", "new.txt")
        self.assertEqual(sorted(entry.name for entry in project.iterdir()), ["a.txt", "b.txt", "new.txt"])
        self.assertEqual((project / "a.txt").read_text(encoding="utf-8"), "host\n")

    def test_hooks_and_links_that_leave_are_held_back(self):
        project = self.project(x="x")
        told = self.session(project, "truncate -s 1T giant; mkdir -p deep/$(printf 'd/%.0s' $(seq 140)); git init -q .; echo evil > .git/hooks/pre-commit; ln -s /etc/passwd out; ln -s x in; git add x; "
                              "git -c user.name=A -c user.email=a@example.com commit -qm one")
        self.assert_says(told.errors, r"Too big \(16 GiB in all\) or too deep to be brought out: (giant, deep/d/|deep/d/.*, giant)")
        result = self.ok("apply", "last")
        self.assert_says(result.errors, r"hooks/pre-commit")
        self.assertFalse(os.path.lexists(project / "out"))
        self.assertTrue(os.path.lexists(project / "in"))
        self.assertFalse((project / ".git/hooks/pre-commit").exists())
        self.assertFalse((project / ".git/config").exists())
        self.assertTrue((project / ".git/refs/heads").is_dir())

    def test_changes_wait_until_they_are_discarded(self):
        project = self.project(x="x")
        result = self.session(project, "echo y > y")
        self.assert_says(result.errors, r"agentbox diff run-")
        self.ok("gc")
        listed = [one for one in json.loads(self.ok("ls", "--json").text) if one["state"] == "review"]
        self.assertEqual([one["open"] for one in listed], [1])
        self.ok("discard", listed[0]["id"])
        self.assertEqual([one for one in json.loads(self.ok("ls", "--json").text) if one["state"] == "review"], [])
        self.assertFalse((project / "y").exists())

    def test_what_git_ignores_and_package_managers_fill_is_counted_and_left_out(self):
        """50,000 files of node_modules stood in everybody's way to the three that mattered. A submodule's own rules are not git's to tell."""
        project = self.project(x="x")
        script = """
            git init -q .; printf '/dist\n*.log\n!keep.log\n' > .gitignore; mkdir -p node_modules/m dist/deep src other
            seq 1 300 | (cd node_modules/m && xargs touch); echo x > dist/deep/x; echo x > a.log; echo x > keep.log; echo x > src/new
            (cd other && git init -q . && echo '*.txt' > .gitignore && echo x > f.txt)
        """
        result = self.session(project, script)
        self.assert_says(result.errors, r"[Ll]eft out of review.*node_modules \(300 files\)")
        diff = json.loads(self.ok("diff", "--json", "last").text)
        self.assertEqual({one["path"]: one["files"] for one in diff["left_out"]}, {"node_modules": 300, "dist": 1, "a.log": 1})
        paths = {one["path"] for one in diff["changes"]}
        self.assertTrue({"src/new", "keep.log", ".gitignore", "other/f.txt"} <= paths, paths)
        self.assertFalse({path for path in paths if path.startswith(("node_modules", "dist", "a.log"))}, paths)
        result = self.ok("run", "--review-ignored", "--workspace", "overlay", project, "--", "sh", "-ec", script)
        self.assertNotIn("eft out of review", result.errors)
        self.assertTrue({"node_modules/m/1", "dist/deep/x", "a.log"} <= {one["path"] for one in json.loads(self.ok("diff", "--json", "last").text)["changes"]})

    def test_nothing_changed_is_nothing_to_review(self):
        project = self.project(x="x")
        result = self.ok("run", "--json", "--workspace", "overlay", project, "--", "sh", "-c", "touch x; cat x; echo > t; rm t")
        self.assertEqual(result_of(result)["changes"]["count"], 0)


class Closed(TestCase):
    """A copy held what its user cannot read as an empty file, and nobody was told; in an overlay, to rename a directory with such a file ended the
    bringing out."""

    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, CHANGES, ignore_errors=True)

    def check(self, mode):
        project = self.project(plain="x", _env="secret\n")
        for directory in ("dir", "sealed"):
            (project / directory).mkdir()
            (project / directory / "locked").write_text("mine\n", encoding="utf-8")
            (project / directory / "open").write_text("open\n", encoding="utf-8")
        closed = [project / "dir/locked", project / "sealed"]
        for path in closed:
            path.chmod(0)
        self.addCleanup(lambda: [path.chmod(0o700) for path in closed if path.exists()])
        result = self.ok("run", "--json", "--workspace", mode, project, "--", "sh", "-c", """
            cat dir/locked 2>&1; ls sealed 2>&1; mv dir moved; cat moved/locked; wc -c < .env
            sudo sh -c 'echo evil > .env; echo evil > sealed/new; chmod 777 moved/locked; mv .env elsewhere'; echo y > plain
        """)
        self.assertEqual(result.text.count("Permission denied"), 2, result.describe())
        self.assertEqual(result.text.splitlines()[-1], "0", result.describe())
        self.assert_says(result.errors, r"These stay as they are.*moved/locked.*\.env.*dir")
        if mode == "copy":
            self.assert_says(result.errors, r"cannot be copied.*dir/locked, sealed")
        changed = {one["path"] for one in json.loads(self.ok("diff", "--json", "last").text)["changes"]}
        self.assertEqual(changed - {"elsewhere"}, {"dir/open", "moved", "moved/open", "plain"})
        self.assert_says(self.ok("diff", "last").errors, "could not see what is in it")
        self.ok("apply", "last")
        for path in closed:
            path.chmod(0o700)
        self.assertEqual((project / "dir/locked").read_text(encoding="utf-8"), "mine\n")
        self.assertEqual((project / ".env").read_text(encoding="utf-8"), "secret\n")
        self.assertEqual(sorted(entry.name for entry in (project / "sealed").iterdir()), ["locked", "open"])
        self.assertEqual([entry.name for entry in (project / "moved").iterdir()], ["open"])
        self.assertEqual((project / "plain").read_text(encoding="utf-8"), "y\n")

    def test_overlay(self):
        self.check("overlay")

    def test_copy(self):
        self.check("copy")


class Kills(TestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, CHANGES, ignore_errors=True)

    def test_of_the_launcher_in_the_middle_of_a_session(self):
        project = self.project(x="x\n")
        background, directory = self.start_session(project, "--workspace", "overlay")
        self.ok("exec", "last", "--", "sh", "-ec", "echo precious > work.txt; echo more >> x; sync")
        background.signal(signal.SIGKILL)
        background.process.wait()
        for name in ("a", "b", "c"):  # whatever the disk says of files by numbers, they are others next time
            (project / name).write_text(f"{name}\n", encoding="utf-8")
        self.ok("gc")
        eventually(lambda: session_record(directory).get("phase") == "unsaved", "the session is kept")
        self.assert_says(self.ok("ls").text, r"unsaved changes")
        refused = agentbox("rm", directory.name)
        self.assertEqual(refused.code, 2, refused.describe())
        self.assert_says(self.ok("diff", directory.name).text, r"\+precious")
        self.ok("apply", directory.name)
        self.assertEqual((project / "work.txt").read_text(encoding="utf-8"), "precious\n")
        self.assertEqual((project / "x").read_text(encoding="utf-8"), "x\nmore\n")
        self.assertEqual((project / "a").read_text(encoding="utf-8"), "a\n")

    def test_of_what_shows_the_project_to_the_guest(self):
        """Nothing that the guest has not read yet can be read, so the session is over; what it did is kept."""
        project = self.project(x="x\n")
        background, directory = self.start_session(project, "--workspace", "overlay")
        self.ok("exec", "last", "--", "sh", "-ec", "echo precious > work.txt; sync")
        (shows,) = [process for process in descendants(background.pid) if b"agentbox-disk" in process.arguments]
        os.kill(shows.pid, signal.SIGKILL)
        self.assertEqual(background.process.wait(RUN_LIMIT), 125)  # by itself
        self.assert_says(background.finish().errors, "connection lost: agentbox-disk, by which it saw the project, ended: it was killed")
        self.assertEqual(vm_processes(), [])
        self.assert_says(self.ok("diff", directory.name).text, r"\+precious")

    @staticmethod
    def has_begun_to_bring_out():
        try:
            return any(archive.stat().st_size > 0 for archive in CHANGES.glob("*/archive"))
        except FileNotFoundError:
            return False  # it is where it belongs by now, or gone

    def test_while_bringing_out(self):
        """The command is over, and what it did a moment ago is nowhere but in the VM and half in an archive."""
        project = self.project(x="x\n", gone="gone\n")
        before = tree(project)
        background = self.start("run", "--workspace", "copy", project, "--", "sh", "-ec",
                                "rm gone; echo more >> x; head -c 60000000 /dev/zero > big; echo precious > work.txt")
        # Before it sends anything the VM has written its layer to its disk.
        eventually(lambda: background.process.poll() is not None or self.has_begun_to_bring_out(), "changes are brought out", RUN_LIMIT)
        background.signal(signal.SIGKILL)
        background.process.wait()
        self.assertEqual(tree(project), before)
        self.ok("gc")
        directory, = sessions_on_disk()
        self.assert_says(self.ok("ls").text, r"unsaved changes")
        self.ok("apply", directory.name)
        self.assertEqual(sorted(tree(project)), [b"big", b"work.txt", b"x"])
        self.assertEqual((project / "work.txt").read_text(encoding="utf-8"), "precious\n")
        self.assertEqual((project / "x").read_text(encoding="utf-8"), "x\nmore\n")
        self.assertEqual((project / "big").stat().st_size, 60000000)
        self.assertEqual([entry.name for entry in CHANGES.iterdir() if entry.is_dir()], [directory.name])
        self.ok("undo", "--yes", directory.name)
        self.assertEqual(tree(project), before)
        self.ok("discard", directory.name)

    def test_while_applying(self):
        """Each single step of it is tried without VMs, in tests/integration/workspace/kill_test.cpp; here the program as a whole, once."""
        project = self.project(a="a\n", b="b\n")
        self.ok("run", "--workspace", "overlay", project, "--", "sh", "-ec", "echo 1 >> a; rm b; mkdir n; cd n; seq 1500 | split -l 1 -a 4 -d")
        before = tree(project)
        applying = self.start("apply", "last", cwd=project)
        while applying.process.poll() is None and not list(CHANGES.glob("*/journal")):
            pass  # a moment's work: a sleep would miss it
        applying.signal(signal.SIGKILL)
        applying.process.wait()
        self.ok("diff", "--stat", "last")  # the next agentbox, whichever, puts it right
        self.assertIn(len(tree(project)), (len(before), len(before) + 1500))
        self.assertEqual([name for name in tree(project) if name.startswith(b".agentbox-apply")], [])
        self.ok("apply", "last")
        self.assertEqual(len(tree(project)), 1 + 1 + 1500)
        self.ok("undo", "--yes", "last")
        self.assertEqual(tree(project), before)
        self.ok("discard", "last")


class OnTerminal(TestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, CHANGES, ignore_errors=True)

    def at_the_end(self, project):
        """A session that has ended, and asks. Its pager says that it is one."""
        pager = "sed 's/^/paged: /'"
        terminal = Tmux(AGENTBOX, "run", "--workspace", "overlay", project, "--", "sh", "-c",
                        "printf '\\033]0;evil\\007red\\n' > a; echo more >> b",
                        env=environment(GIT_PAGER=pager), columns=100, rows=40)
        self.addCleanup(terminal.__exit__)
        screen = terminal.wait_for(r"2 changes of .*: \[l\]ook, \[a\]pply, \[k\]eep or \[d\]iscard\?")
        self.assertNotIn("the network policy refused", screen, "a login with a terminal asks for no name")
        return terminal

    def test_look_and_apply(self):
        project = self.project(b="b\n")
        terminal = self.at_the_end(project)
        terminal.type("drop nothing")
        terminal.keys("Enter")
        terminal.wait_for("d: throws them away")
        terminal.type("l")
        terminal.keys("Enter")
        screen = terminal.wait_for(r"(?s)paged: .*\+more.*\[l\]ook")
        self.assertIn(r"\x1b]0;evil\x07red", screen)
        terminal.type("a")
        terminal.keys("Enter")
        terminal.wait_for(r"2 changes applied to")
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual((project / "b").read_text(encoding="utf-8"), "b\nmore\n")

    def test_keep_then_choose_hunks_or_discard(self):
        project = self.project(b="b\n")
        terminal = self.at_the_end(project)
        terminal.type("k")
        terminal.keys("Enter")
        terminal.wait_for("kept: agentbox diff run-")
        self.assertEqual(terminal.wait(), 0)
        refused = self.ok("apply", "last", "--patch", code=2)
        self.assert_says(refused.errors, "--patch-out FILE")
        with Tmux(AGENTBOX, "apply", "--patch", "last", env=environment(GIT_PAGER="cat", GIT_EDITOR="sed -i s/more/less/")) as choosing:
            choosing.wait_for(r"Apply addition \[y,n,q,a,d,\?\]\?")
            choosing.keys("n", "Enter")
            choosing.wait_for(r"Apply this hunk \[y,n,q,a,d,e,\?\]\?")
            choosing.keys("e", "Enter")
            choosing.wait_for("1 change applied")
        self.assertEqual(sorted(tree(project)), [b"b"])
        self.assertEqual((project / "b").read_text(encoding="utf-8"), "b\nless\n")
        self.ok("discard", "last")

    def test_discard(self):
        project = self.project(b="b\n")
        terminal = self.at_the_end(project)
        terminal.type("d")
        terminal.keys("Enter")
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(list(CHANGES.glob("run-*")), [])


class ManyLooks(TestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, CHANGES, ignore_errors=True)

    def test_a_running_session_is_applied_again_and_again(self):
        project = self.project(a_txt="a\n", b_txt="b\n")
        background, directory = self.start_session(project, "--workspace", "overlay")
        for round_number in (1, 2, 3):
            self.ok("exec", "last", "--", "sh", "-ec", f"echo {round_number} >> a.txt; mkdir -p d; echo {round_number} > d/{round_number}")
            self.ok("apply", directory.name)
            self.assertEqual((project / "a.txt").read_text(encoding="utf-8").split(), ["a", *map(str, range(1, round_number + 1))])
            self.assertEqual(len(list((project / "d").iterdir())), round_number)
        self.ok("exec", "last", "--", "sh", "-ec", "echo guest >> b.txt")
        (project / "b.txt").write_text("host\n", encoding="utf-8")
        self.ok("apply", directory.name, code=1)
        self.assertEqual(background.finish().code, 0)
        for _ in range(3):
            self.ok("undo", "--yes", directory.name)
        self.assertEqual((project / "a.txt").read_text(encoding="utf-8"), "a\n")
        self.assertEqual(sorted(tree(project)), [b"a.txt", b"b.txt"])
        self.ok("discard", directory.name)
        self.assertEqual(list(CHANGES.glob("run-*")), [])

    def test_stop_of_a_kept_session_brings_its_changes_out(self):
        project = self.project(x="x\n")
        report = result_of(self.ok("--json", "run", "--workspace", "overlay", "--on-exit", "keep", project, "--", "sh", "-c", "echo 1 > one"))
        self.ok("exec", report["session"], "--", "sh", "-ec", "echo 2 > two")
        self.ok("stop", report["session"])
        self.ok("apply", report["session"])
        self.assertEqual(sorted(tree(project)), [b"one", b"two", b"x"])

    def test_a_snapshot_goes_on_with_its_layer(self):
        name = "e2e-overlay"
        agentbox("snapshot", "rm", name)
        project = self.project(x="x\n")
        self.ok("run", "--workspace", "overlay", "--on-exit", "snapshot", "--snapshot-name", name, project, "--", "sh", "-c", "echo 1 > one; echo y >> x")
        self.ok("apply", "last", "one")
        resumed = self.ok("snapshot", "resume", name, "--on-exit", "destroy", "--", "sh", "-ec", "cat x one; echo 2 > two")
        self.assertEqual(resumed.text, "x\ny\n1\n")
        self.ok("apply", "last")
        self.assertEqual({name: state[-1] for name, state in tree(project).items()}, {b"one": b"1\n", b"two": b"2\n", b"x": b"x\ny\n"})
        self.ok("snapshot", "rm", name)


class Unattended(TestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, CHANGES, ignore_errors=True)

    def test_a_patch_for_ci_and_a_branch(self):
        project = self.project(a="one\ntwo\nthree\nfour\nfive\n")
        git = ["git", "-C", str(project), "-c", "user.name=A", "-c", "user.email=a@example.com"]
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
            subprocess.run(git + command, check=True)
        patch = project.parent / f"{project.name}.patch"
        self.ok("run", "--workspace", "overlay", "--patch-out", patch, project, "--", "sh", "-c", "echo b >> a; git mv a moved")
        subprocess.run([*git, "apply", "--check", str(patch)], check=True)
        self.assertIn("rename from a\nrename to moved", patch.read_text(encoding="utf-8"))
        identity = environment(GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@example.com", GIT_COMMITTER_NAME="A", GIT_COMMITTER_EMAIL="a@example.com")
        self.ok("apply", "last", "moved", "a", "--branch", "agent/x", "-m", "Move it", env=identity)
        shown = subprocess.run([*git, "show", "--format=%s", "--name-status", "agent/x"], check=True, capture_output=True, text=True).stdout
        self.assert_says(shown, r"(?s)^Move it.*R\d+\ta\tmoved")
        self.assertEqual(subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True, text=True).stdout, "")
        self.ok("undo", "--yes", "last")
        self.assertNotIn("agent/x", subprocess.run([*git, "branch"], check=True, capture_output=True, text=True).stdout)
        self.ok("run", "--workspace", "live", "--patch-out", patch, project, "--", "true", code=2)
