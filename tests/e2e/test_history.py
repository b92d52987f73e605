# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What outlives a session besides the project: conversations, and directories that were mounted by hand."""

import json
import os
import shutil
import signal

from harness import AGENTBOX_HOME, HOME, TestCase, agentbox

# An agent that needs no image of its own. It keeps a directory and a file, and has a credential that it must not keep.
PROFILE = r"""
description: Keeps what it is told
base: dev
command:
  - sh
  - -c
  - >-
    mkdir -p ~/.keeper/talks;
    for file in talks/one prompts credentials.json; do echo "$file $1" >> ~/.keeper/$file; cat ~/.keeper/$file; done;
    [ "$1" != wait ] || { echo waiting; sleep 1000; }
  - keeper
key-required: false
state: [.keeper/talks/, .keeper/prompts]
"""


def first(word):
    """What it says in its first session."""
    return f"talks/one {word}\nprompts {word}\ncredentials.json {word}\n"


def install_keeper(test, text):
    profiles = AGENTBOX_HOME / "config/agents"
    profiles.mkdir(parents=True, exist_ok=True)
    (profiles / "keeper.yaml").write_text(text, encoding="utf-8")
    test.addCleanup((profiles / "keeper.yaml").unlink)
    test.addCleanup(shutil.rmtree, AGENTBOX_HOME / "data/history", ignore_errors=True)


class History(TestCase):
    def setUp(self):
        super().setUp()
        install_keeper(self, PROFILE)

    def test_the_next_session_goes_on(self):
        project, other = self.project(), self.project()
        self.assertEqual(self.ok("keeper", project, "one").text, first("one"))
        self.assertEqual(self.ok("keeper", project, "two").text,
                         "talks/one one\ntalks/one two\nprompts one\nprompts two\ncredentials.json two\n")
        self.assertEqual(self.ok("keeper", other, "x").text, first("x"), "another project's is its own")
        kept = json.loads(self.ok("history", "ls", "--json").text)
        self.assertEqual(sorted(entry["project"] for entry in kept), sorted([str(project), str(other)]))
        on_disk = b"".join(path.read_bytes() for path in (AGENTBOX_HOME / "data/history").rglob("*") if path.is_file())
        self.assertIn(b"two", on_disk)
        self.assertNotIn(b"credentials", on_disk)

        self.ok("history", "rm", project)
        self.assertEqual(self.ok("keeper", project, "three").text, first("three"))
        self.assertEqual(list(project.iterdir()), [])

    def test_not_where_it_is_turned_off(self):
        project = self.project()
        self.assertEqual(self.ok("--history", "none", "keeper", project, "one").text, first("one"))
        self.assertEqual(self.ok("--policy", "dirty", "keeper", project, "two").text, first("two"))
        self.assertEqual(json.loads(self.ok("history", "ls", "--json").text), [])

    def test_it_survives_a_launcher_that_is_killed(self):
        project = self.project()
        background = self.start("keeper", project, "wait")
        for line in (*first("wait").splitlines(), "waiting"):
            background.expect_line(line)
        background.signal(signal.SIGKILL)
        background.finish()
        self.assert_says(self.ok("keeper", project, "after").text, "^prompts wait\nprompts after$")


class OwnSettings(TestCase):
    """What the user says to an agent on the host, for the agent in the VM."""

    PROFILE = r"""
description: Shows what it was given
base: dev
command:
  - sh
  - -c
  - >-
    cd; cat .reader/NOTES.md; .reader/skills/one/run.sh; cat .reader/settings.json; find -L .reader -type f | sort;
    for file in NOTES.md skills/one/run.sh; do { echo x >> .reader/$file; } 2>/dev/null && echo "wrote $file"; done;
    touch .reader/skills/new 2>/dev/null && echo "made new"; true
  - reader
key-required: false
seed: [{path: .reader/settings.json, format: json, content: '{"seeded": 1}'}]
settings:
  files: [.reader/NOTES.md, .reader/skills/, .reader/missing/]
  chosen: [{path: .reader/settings.json, format: json, keys: [model]}]
"""

    def test_they_are_read_only_copies_without_links_and_secrets(self):
        install_keeper(self, self.PROFILE)
        own = HOME / ".reader"
        self.addCleanup(shutil.rmtree, own, ignore_errors=True)
        (own / "skills/one").mkdir(parents=True)
        (own / "NOTES.md").write_text("be brief\n", encoding="utf-8")
        (own / "settings.json").write_text('{"model": "m", "hooks": {"Stop": "x"}}', encoding="utf-8")
        (own / "skills/one/run.sh").write_text("#!/bin/sh\necho ran\n", encoding="utf-8")
        (own / "skills/one/run.sh").chmod(0o755)
        (own / "skills/one/.env").write_text("hidden-value\n", encoding="utf-8")
        (own / "skills/link").symlink_to("/etc/passwd")
        before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file() and not path.is_symlink()}
        result = self.ok("keeper", self.project())
        seen = result.text.replace("\n", " ")
        self.assert_says(seen, r'^be brief ran \{ +"model": "m", +"seeded": 1 \} ')
        self.assert_says(seen, r"\} \.reader/NOTES\.md \.reader/settings\.json \.reader/skills/one/run\.sh $")
        self.assert_says(result.errors, r"does without ~/\.reader/skills/link \(a link\), ~/\.reader/skills/one/\.env")
        self.assertEqual({path: path.read_bytes() for path in before}, before)
        self.assertFalse((own / "skills/new").exists())
        nothing = self.ok("--settings", "none", "keeper", self.project())
        self.assert_says(nothing.text, r'^\{ *"seeded": 1 *\}\s*\.reader/settings\.json\nwrote NOTES\.md$')


class OneAtATime(TestCase):
    """A history that two VMs at once would damage."""

    def test_a_second_session_does_without(self):
        install_keeper(self, PROFILE + "state-use: one-session\n")
        project = self.project()
        background = self.start("keeper", project, "wait")
        for line in (*first("wait").splitlines(), "waiting"):
            background.expect_line(line)
        beside = self.ok("keeper", project, "beside")
        self.assertEqual(beside.text, first("beside"))
        self.assert_says(beside.errors, "Another session of keeper has this project's conversations")
        background.signal(signal.SIGTERM)
        background.finish()
        self.assert_says(self.ok("keeper", project, "after").text, "^prompts wait\nprompts after$")


class Mounts(TestCase):
    def directory(self, name):
        place = HOME / name
        place.mkdir()
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        return place

    def test_read_write_at_its_own_path_and_read_only_elsewhere(self):
        project, one, other = self.project(), self.directory("one, two=3"), self.directory("other")
        (other / "in").write_text("from the host\n", encoding="utf-8")
        result = self.ok("run", "--mount", one, "--mount", f"{other}:/data/other:ro", project, "--", "sh", "-c", f"""
            echo made > '{one}/made'; cat /data/other/in
            echo x > /data/other/new || echo refused
            sudo mount -o remount,rw /data/other; sudo sh -c 'echo x > /data/other/in' || echo refused
            sudo rm /data/other/in || echo refused
        """)
        self.assertEqual(result.text, "from the host\nrefused\nrefused\nrefused\n")
        self.assertEqual((one / "made").read_text(encoding="utf-8"), "made\n")
        self.assertEqual((one / "made").stat().st_uid, os.getuid())
        self.assertEqual(os.listdir(other), ["in"])

    def test_a_guest_moves_no_mount_and_makes_none(self):
        """Attack: root in the guest goes at the share that holds all mounts, to put a link or a directory of its own in one's place."""
        project, one = self.project(), self.directory("one")
        result = self.ok("run", "--mount", one, project, "--", "sudo", "sh", "-c", f"""
            cd /run/agentbox/directories; name=$(ls)
            mv $name moved; mkdir new; ln -s / link; rmdir $name; cd /; umount /run/agentbox/directories {one}
            mkdir /again && mount -t 9p -o trans=virtio,version=9p2000.L directories /again || echo no mount
            mv /again/$name /again/x; touch /again/new; rmdir /again/$name
            ls -A /again; echo end
        """)
        self.assertEqual(result.text, "mount0\nend\n", result.describe())
        self.assertEqual(os.listdir(one), [])

    def test_what_may_not_be_mounted(self):
        project = self.project()
        for mount, why in ((HOME, "home directory"), ("/", "whole file system"), (AGENTBOX_HOME / "data", "its own state"),
                           (f"{project}:/etc", "own system"), (f"{project}:/usr/bin", "own system"), (project, "in one another"),
                           (f"{HOME}/nowhere", "No such file"), (":/x", "names no directory")):
            refused = agentbox("run", "--mount", mount, project, "--", "true")
            self.assertEqual(refused.code, 2, refused.describe())
            self.assert_says(refused.errors, why)
