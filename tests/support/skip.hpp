// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace agentbox::test {

/// Ends this test as skipped, for all to see: a missing prerequisite is neither a success nor a failure. ctest runs each test case
/// in a process of its own and knows 77.
[[noreturn]] inline void skip(const std::string& reason) {
  std::fprintf(stderr, "SKIPPED: %s\n", reason.c_str());
  std::_Exit(77);
}

}  // namespace agentbox::test
