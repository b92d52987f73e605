// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/run_plan.hpp"

#include <vector>

namespace agentbox {

/// http_proxy and its kin, in both cases of their letters, that point at the gateway's HTTP proxy; everything that is
/// no way out (the broker, the guest itself) stands in no_proxy. Those of which present has one, in either case, are
/// left out: what the user or the agent's profile says wins. Pure.
std::vector<SessionVariable> proxy_variables(const std::vector<SessionVariable>& present);

}  // namespace agentbox
