// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/host/gateway_plan.hpp"
#include "sys/unique_fd.hpp"

namespace agentbox {

/// How a plan goes to the gateway: as JSON in memory that is a file, since it may be larger than a pipe holds, and a file
/// would keep its secrets on a disk. Leaves no copy in this process but the plan itself: wipe_secrets() when it has gone
/// out. Throws Error{environment}, Error{internal} for a plan that is too long.
UniqueFd make_plan_memory(const GatewayPlan& plan);

/// The other end. Empties the memory, which bubblewrap's own processes hold, too, and leaves no copy but the plan.
/// Throws Error{internal} when it holds no plan.
GatewayPlan read_plan_memory(const UniqueFd& memory);

}  // namespace agentbox
