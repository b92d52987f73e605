# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""A template that fails again when it was made anew."""

import json
import time

import probe_agent
from harness import result_of
from templates import TEMPLATES, BrokenTemplateCase


class GivenUp(BrokenTemplateCase):
    def test_the_second_failure_in_a_row_is_the_last(self):
        failures = TEMPLATES / ".failures"
        failures.mkdir(exist_ok=True, mode=0o700)
        note = failures / self.template.name.split("-")[0]
        note.write_text(json.dumps({"count": 1, "reason": "the first", "last": int(time.time())}), encoding="utf-8")
        self.addCleanup(note.unlink, missing_ok=True)
        self.damage()
        self.assert_says(self.probe().errors, "second time in a row: for a day VMs of this kind boot cold")
        silent = self.probe("once more")
        self.assertEqual((result_of(silent)["start"], len(silent.errors.splitlines())), ("cold", 2), silent.describe())
        self.assert_says(self.ok("doctor").text, "templates: two of one kind failed in a row")
        note.write_text(json.dumps({"count": 2, "reason": "a day ago", "last": int(time.time()) - 90000}), encoding="utf-8")
        self.assertEqual(result_of(self.probe())["start"], "fork")
        self.assertFalse(note.exists())
