// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// What launcher and guest say to each other about a command that is held (docs/decisions/0032): one that has a terminal of its own in
/// the guest, so that it outlives who looks at it.
namespace agentbox {

/// The command to exec, on a terminal, to look at it and to type to it. Ends as the held command ends.
inline constexpr const char* guest_attach_command = "/usr/lib/agentbox/agentbox-guest attach";

}  // namespace agentbox
