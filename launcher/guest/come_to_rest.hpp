// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

/// The last thing in a machine that is about to become a template: whatever is under way in it would be under way in
/// each of its forks (docs/decisions/0067).
namespace agentbox::guest {

/// Descriptors (pidfd_open(2)) of the processes of sshd that serve the login which this process runs in. The caller's.
std::vector<int> login_processes();

/// Waits for the end of these, closes their descriptors, holds the machine's services, and brings memory and disk to
/// where forks find what they need. No error when the login does not end: a fork only starts later then. Throws
/// std::system_error.
void come_to_rest(const std::vector<int>& login);

}  // namespace agentbox::guest
