# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""python3 -m unittest --verbose, and how long each test took: they are minutes together, and this says where those go."""

import time
import unittest


class TimedResult(unittest.TextTestResult):
    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()

    def stopTest(self, test):
        self.stream.writeln(f"    {time.monotonic() - self._began:.1f} s")
        super().stopTest(test)


unittest.main(module=None, testRunner=unittest.TextTestRunner(verbosity=2, resultclass=TimedResult))
