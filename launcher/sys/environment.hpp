// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace agentbox {

/// A variable of this process's environment (environ(7)). None: it is not set, or empty, which users mean alike.
std::optional<std::string> host_variable(const std::string& name);

}  // namespace agentbox
