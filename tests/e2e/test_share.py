# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The project's directory as programs in the guest find it, in each mode, held against what POSIX says (share_conformance.py)."""

import pathlib

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
        # Forty checks, with a build and git among them, over 9p: two and a half minutes on two cores, seven beside other VMs.
        result = self.ok("run", *options, project, "--", "sh", "-c", f'exec python3 - "$PWD/{directory}"', stdin=SUITE.read_bytes(),
                         limit=3 * RUN_LIMIT)
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
