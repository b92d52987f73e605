// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "session/run.hpp"

#include <chrono>
#include <string>

/// What is said on standard error when a run is over. Pure; each text ends with a line end, or is empty.
namespace agentbox {

/// surprises_only: what the exit code does not tell (a snapshot was made, the connection broke). summary: one line
/// always.
enum class Closing { surprises_only, summary };
std::string closing_words(const RunResult& result, std::chrono::milliseconds took, Closing closing);

/// One line for each phase, and the sum.
std::string timings_text(const RunResult& result);

}  // namespace agentbox
