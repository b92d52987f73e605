// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"

#include <optional>
#include <string_view>

namespace agentbox {

/// The host port that is forwarded to guest_port, from the text of QEMU's monitor command "info usernet" (for people,
/// but unchanged from 2009 to QEMU 10):
///     Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
///     TCP[HOST_FORWARD]   8       127.0.0.1 42083       10.0.2.15    22     0     0
/// No value when no line says so. Pure.
std::optional<Port> forwarded_port(std::string_view info_usernet, Port guest_port);

}  // namespace agentbox
