// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "session/run_result.hpp"

#include <string>

namespace agentbox {

/// The run as a JUnit XML file, which CI services show: one test suite, with a test for the command, one for what it
/// has left (the guard), and one for the artifacts when some were asked for. A command that failed is a failure; a
/// limit, a lost VM and an interruption are errors. Pure. What came from the guest is escaped.
std::string junit_xml(const RunResult& result);

/// The same for a run of label that did not come to a result.
std::string junit_xml(const Error& error, const std::string& label);

}  // namespace agentbox
