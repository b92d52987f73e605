# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The project as the guest sees it, and what the guest's changes are on the host."""

import os
import pathlib
import stat

from harness import AGENTBOX_HOME, HOME, TestCase, sessions_on_disk

RAW_REQUESTS = pathlib.Path(__file__).with_name("share_raw.py")


class Live(TestCase):
    def test_files_go_both_ways(self):
        project = self.project(in_txt="from the host\n")
        (project / "tool").write_text("#!/bin/sh\necho the tool runs\n", encoding="utf-8")
        (project / "tool").chmod(0o755)
        (project / "link").symlink_to("in.txt")
        result = self.ok("run", project, "--", "sh", "-ec", """
            cat in.txt; ./tool; readlink link; cat link
            echo from the guest > out.txt
            printf '#!/bin/sh\\necho made in the guest\\n' > made; chmod 755 made
            mkdir -p deep/er; ln -s ../out.txt deep/link; echo x > gone; rm gone; mv in.txt moved.txt
            chmod 640 out.txt
        """)
        self.assertEqual(result.text, "from the host\nthe tool runs\nin.txt\nfrom the host\n")
        self.assertEqual((project / "out.txt").read_text(encoding="utf-8"), "from the guest\n")
        self.assertEqual(stat.S_IMODE((project / "out.txt").stat().st_mode), 0o640)
        self.assertTrue(os.access(project / "made", os.X_OK))
        self.assertEqual(os.readlink(project / "deep/link"), "../out.txt")
        self.assertEqual(sorted(entry.name for entry in project.iterdir()), ["deep", "link", "made", "moved.txt", "out.txt", "tool"])

    def test_everything_belongs_to_whoever_called(self):
        """Whoever made it in there: the guest's user sees the project as its own, and root's files are the caller's, too."""
        project = self.project(in_txt="x")
        result = self.ok("run", project, "--", "sh", "-ec", """
            stat -c '%U %a' . in.txt; id -un
            echo x > by-user; mkdir by-user.d; ln -s by-user by-user.link; sudo sh -c 'echo x > by-root; mkdir by-root.d'
            sudo rm by-root.d -r
        """)
        *seen, user = result.text.split()
        self.assertEqual(seen[::2], [user, user])
        self.assertNotEqual(user, "root")
        for name in ("by-user", "by-user.d", "by-user.link", "by-root"):
            status = (project / name).lstat()
            self.assertEqual((status.st_uid, status.st_gid), (os.getuid(), os.getgid()), name)

    def test_git_works_in_it(self):
        project = self.project(file_txt="x")
        result = self.ok("run", project, "--", "sh", "-ec", """
            git init -q; git add .; git -c user.name=A -c user.email=a@example.com commit -q -m first
            git status --porcelain; git log --format=%s
        """)
        self.assertEqual(result.text, "first\n")
        self.assertTrue((project / ".git/HEAD").is_file())

    def test_changes_of_the_host_are_seen_at_once(self):
        project = self.project()
        background, _ = self.start_session(project)
        (project / "late.txt").write_text("late\n", encoding="utf-8")
        self.assertEqual(self.ok("exec", "last", "--", "cat", "late.txt").out, b"late\n")
        self.assertEqual(background.finish().code, 0)

    def test_without_a_name_it_is_the_current_directory(self):
        project = self.project(here_txt="here\n")
        self.assertEqual(self.ok("run", "--", "cat", "here.txt", cwd=project).out, b"here\n")


class Paths(TestCase):
    def assert_appears_at_its_own_path(self, project):
        result = self.ok("run", project, "--", "sh", "-c", "pwd; echo seen > proof")
        self.assertEqual(result.text, f"{project}\n")
        self.assertEqual((project / "proof").read_text(encoding="utf-8"), "seen\n")

    def test_plain(self):
        self.assert_appears_at_its_own_path(self.project())

    def test_every_awkward_character(self):
        self.assert_appears_at_its_own_path(
            self.project("two words/com,ma/eq=uals/quo'te/double\"quote/ünï-文-🦊/per%cent/back\\slash/$HOME/-dash/;&|<>*?[x]"))

    def test_that_look_like_options_of_qemu(self):
        """A directory's name once ended up in -fsdev local,path=NAME of many a launcher, where a comma begins the next option."""
        project = self.project("x,readonly=on,id=other")
        self.assert_appears_at_its_own_path(project)
        self.assert_appears_at_its_own_path(self.project("y,,security_model=passthrough"))

    def test_through_a_link(self):
        project = self.project(in_txt="x\n")
        link = project.parent / (project.name + "-link")
        link.symlink_to(project)
        self.addCleanup(link.unlink)
        self.assertEqual(self.ok("run", link, "--", "pwd").text, f"{project}\n")

    def test_a_newline_is_refused_with_the_reason(self):
        refused = self.ok("run", self.project("two\nlines"), "--", "true", code=2)
        self.assert_says(refused.errors, "newline")


class ReadOnly(TestCase):
    """Attack: a read-only workspace that is only mounted so can be mounted again by the guest's root (a peer shipped that)."""

    def test_nothing_in_the_guest_can_write(self):
        project = self.project(in_txt="untouched\n")
        result = self.ok("run", "--workspace", "readonly", project, "--", "sh", "-c", """
            cat in.txt
            echo x > new.txt || echo refused
            sudo mount -o remount,rw "$PWD"; sudo sh -c 'echo x > in.txt' || echo refused
            here=$PWD; cd /; sudo umount "$here"
            sudo mkdir /again; sudo mount -t 9p -o trans=virtio,version=9p2000.L workspace /again
            sudo sh -c 'cat /again/in.txt; echo x > /again/in.txt; rm /again/in.txt; mkdir /again/d; chmod 777 /again'
            ls -A /again
        """)
        lines = result.text.splitlines()
        self.assertEqual(lines[:3], ["untouched", "refused", "refused"], result.describe())
        self.assertEqual(lines[-1], "in.txt", result.describe())
        self.assertEqual([entry.name for entry in project.iterdir()], ["in.txt"])
        self.assertEqual((project / "in.txt").read_text(encoding="utf-8"), "untouched\n")

    def test_the_rest_of_the_machine_can_be_written(self):
        result = self.ok("run", "--workspace", "readonly", self.project(), "--", "sh", "-ec", "echo x > ~/f; cat ~/f")
        self.assertEqual(result.out, b"x\n")


class RawRequests(TestCase):
    """Attack: the guest's root takes the share's device from its kernel and speaks to QEMU's file server itself, which no kernel keeps from "..",
    slashes, and names of 64 KiB."""

    def test_nothing_outside_is_reached_and_what_is_inside_still_is(self):
        place = self.project(victim="outside\n")
        project = place / "project"
        (project / "d").mkdir(parents=True)
        (project / "in.txt").write_text("inside\n", encoding="utf-8")
        (project / ".env").write_text("SECRET=x\n", encoding="utf-8")
        (project / "out").symlink_to(place)
        before = sorted(path.relative_to(place) for path in place.rglob("*"))
        result = self.ok("run", project, "--", "sh", "-ec", """
            cat > /tmp/raw.py; here=$PWD; cd /; sudo umount "$here"; sudo python3 /tmp/raw.py workspace
        """, stdin=RAW_REQUESTS.read_bytes())
        self.assertEqual(result.text, "mkdir rmdir symlink unlink create link unlink renameat renameat back\ninside\n", result.describe())
        self.assertEqual(sorted(path.relative_to(place) for path in place.rglob("*")), before)
        self.assertEqual((place / "victim").read_text(encoding="utf-8"), "outside\n")


class NoWorkspace(TestCase):
    def test_the_guest_sees_nothing_of_the_host(self):
        project = self.project(in_txt="secret\n")
        result = self.ok("run", "--workspace", "none", "--", "sh", "-c", f"""
            pwd; ls -A {project} 2>/dev/null
            sudo mkdir /again; sudo mount -t 9p -o trans=virtio,version=9p2000.L workspace /again && ls -A /again
            echo end
        """, cwd=project)
        home, *rest = result.text.splitlines()
        self.assert_says(home, "^/home/")
        self.assertEqual(rest, ["end"], result.describe())


class Refused(TestCase):
    def test_directories_that_nobody_may_hand_over(self):
        ssh = HOME / ".ssh"
        ssh.mkdir(exist_ok=True)
        link = HOME / "link-to-home"
        link.symlink_to(HOME)
        self.addCleanup(link.unlink)
        plain_file = self.project(in_txt="x") / "in.txt"
        for directory, reason in (("/", "whole file system"), (HOME, "home directory"), (link, "home directory"),
                                  (HOME.parent, "home directory is inside"), (ssh, "SSH keys"),
                                  (AGENTBOX_HOME, "agentbox keeps its own state"),
                                  (AGENTBOX_HOME / "data", "agentbox keeps its own state"),
                                  ("/etc", "hide a part of the VM"), (HOME / "missing", "No such file"),
                                  (plain_file, "not a directory")):
            with self.subTest(directory=str(directory)):
                refused = self.ok("run", directory, "--", "true", code=2)
                self.assert_says(refused.errors, reason)
                self.assertEqual(refused.out, b"")
                self.assertEqual(sessions_on_disk(), [])

    def test_the_home_as_the_current_directory(self):
        self.ok("run", "--", "true", cwd=HOME, code=2)
