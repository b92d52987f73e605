// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace agentbox::wire {

/// To be called when the control connection is readable. False when the launcher has ended and the wire is to end with it;
/// control becomes -1 when it may go, since the VM stays.
bool hear_launcher(int& control);

}  // namespace agentbox::wire
