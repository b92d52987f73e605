// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <vector>

#include "workspace/changes/change.hpp"

namespace agentbox {

/// `diff --json`: each change. Names that are no UTF-8 have U+FFFD in the place of wrong bytes.
nlohmann::ordered_json change_json(const ChangeSet& set, const std::vector<Change>& changes);

}  // namespace agentbox
