// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/egress_rules.hpp"

#include <nlohmann/json_fwd.hpp>

namespace agentbox {

/// How rules travel from the launcher to the gateway process and through its control socket.
nlohmann::json to_json(const EgressRules& rules);

/// Everything is parsed again as if a user had written it, and an unknown key is an error. Throws Error{config}.
EgressRules egress_rules_from_json(const nlohmann::json& json);

}  // namespace agentbox
