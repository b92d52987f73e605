# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Forks of one template must not be twins.

Attack: two machines restored from one saved state draw the same random numbers, so the keys that one session makes are known
to another. Without vmgenid, three of eight forks that started at once printed the same bytes from /dev/urandom.
"""

import concurrent.futures
import time

from harness import TestCase, agentbox

WHO = """
    hostname; cat /etc/machine-id; head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n'; echo
    cat /proc/sys/kernel/random/uuid; python3 -c 'import secrets; print(secrets.token_hex(16))'; cat /etc/hostname; date +%s
"""
FORKS = 20


class Forks(TestCase):
    def test_twenty_at_once_are_all_different(self):
        project = self.project()
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            results = list(pool.map(lambda _: agentbox("run", project, "--", "sh", "-c", WHO), range(FORKS)))
        for result in results:
            self.assertEqual((result.code, result.err), (0, b""), result.describe())
        columns = list(zip(*(result.text.split() for result in results)))
        self.assertEqual(len(columns), 7, results[0].describe())
        for name, values in zip(("hostname", "machine-id", "urandom", "uuid", "secrets"), columns):
            self.assertEqual(len(set(values)), FORKS, f"{name}: {values}")
        self.assertEqual(columns[0], columns[5], "hostname and /etc/hostname")

    def test_one_after_the_other_right_after_the_restore(self):
        project = self.project()
        drawn = [self.ok("run", project, "--", "head", "-c", "16", "/dev/urandom").out for _ in range(5)]
        self.assertEqual(len(set(drawn)), len(drawn), drawn)

    def test_the_clock_is_the_hosts(self):
        """The template's stopped when it was frozen, which may be a month ago."""
        before = time.time()
        guest = float(self.ok("run", self.project(), "--", "date", "+%s.%N").text)
        self.assertGreater(guest, before - 1)
        self.assertLess(guest, time.time() + 1)

    def test_what_one_does_the_next_does_not_see(self):
        project = self.project()
        self.ok("run", project, "--", "sh", "-c", "echo x > ~/left; sudo sh -c 'echo x > /etc/left'; rm -rf ~/.bashrc")
        result = self.ok("run", project, "--", "sh", "-c", "ls ~/left /etc/left 2>/dev/null; ls -A ~ | grep bashrc")
        self.assertEqual(result.text, ".bashrc\n")
