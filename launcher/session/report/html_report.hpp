// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace agentbox {

/// One HTML page that tells what a run has done: phases, changes, what was refused, what the model cost, resources over
/// time. It loads nothing and runs nothing (and says so to the browser: Content-Security-Policy). Much of what it shows
/// was chosen by a hostile guest: all of it is escaped. run: as to_json(RunResult) has it, with "phases" [[name, ms],
/// ...] in their order and "samples" (to_json of ResourceSamples) beside; what is missing, or is of another type, is
/// left out. Pure.
std::string html_report(const nlohmann::json& run);

}  // namespace agentbox
