# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""The image of the tests of files, pipes, terminals and the network, which have a place of their own and run beside the rest: a copy, and its template."""

import images
from harness import TestCase


class Base(TestCase):
    def test_it_works_as_a_copy(self):
        images.copy_base("dev")
        images.use_one_processor()
        self.ok("template", "prewarm", "dev")
        self.assertEqual(self.ok("run", self.project(), "--", "echo", "works").text, "works\n")
