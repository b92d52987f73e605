// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "guest/user.hpp"

namespace agentbox::guest {

/// Makes each missing directory of path, as owner's (null: root's). One that exists but that others may not enter (/root, when the
/// project lies below it on the host) is opened for passing through: the machine is this session's alone. Throws std::system_error.
void make_path(const std::string& path, const User* owner);

}  // namespace agentbox::guest
