// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/user.hpp"

namespace agentbox::guest {

/// Starts a command that does nothing in the way in which the session's is started, and waits for its end. Under emulation most of the time that a start takes goes into
/// translating the code that it runs, kernel's and ours; a processor that has nothing else to do while SSH connects can do that ahead (docs/decisions/0081).
/// On a machine with one processor it does nothing. What goes wrong in it matters to nobody.
void rehearse_start(const User& user);

}  // namespace agentbox::guest
