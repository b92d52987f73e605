// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace agentbox {

/// Whether this user may make user, mount and network namespaces and has rights in them. Tried in a child, since there are
/// many ways to be refused (a sysctl, a limit, AppArmor after the fact, a container's seccomp filter). No value when it works,
/// else what failed. Throws Error{environment} when no child can be made.
std::optional<std::string> namespace_problem();

}  // namespace agentbox
