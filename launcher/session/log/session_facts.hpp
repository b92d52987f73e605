// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/log/known_session.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace agentbox {

/// Name and value, in the order in which they are told: what the session is, and what came of it.
std::vector<std::pair<std::string, std::string>> facts_of(const KnownSession& known);

/// In their order; none while it runs.
std::vector<std::pair<std::string, std::chrono::milliseconds>> phases_of(const KnownSession& known);

}  // namespace agentbox
