// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "workspace/changes/change.hpp"

namespace agentbox {

/// The text of a change set and back. Reading throws Error{environment}.
std::string change_set_text(const ChangeSet& set);
ChangeSet parse_change_set(std::string_view text);

}  // namespace agentbox
