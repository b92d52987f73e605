// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace agentbox::wire {

/// The room's nftables rules, for room0 to be loaded after it was made. Pure.
std::string room_rules();

/// Loads rules into this network namespace. Throws Problem{no_network_parts} with the kernel's objection.
void load_rules(const std::string& rules);

}  // namespace agentbox::wire
