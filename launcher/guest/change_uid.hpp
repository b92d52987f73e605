// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/user.hpp"

namespace agentbox::guest {

/// Gives the user another number: in /etc/passwd, and to what is the user's in its home. Nothing when it has that number. Where
/// the host cannot map ids (docs/decisions/0009), the project's files come with the host user's own. Throws std::exception.
void change_uid(User& user, uid_t uid);

/// The text of /etc/passwd with another number for this user. Pure.
std::string with_uid(const std::string& passwords, const std::string& user, uid_t uid);

}  // namespace agentbox::guest
