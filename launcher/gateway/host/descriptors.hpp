// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace agentbox {

/// The numbers under which agentbox-gateway finds what it inherits. Listening sockets follow from first_listener on;
/// how many there are stands in argv: "agentbox-gateway LISTENERS".
struct GatewayDescriptors {
  static constexpr int plan = 3;       ///< read to its end: the plan as JSON
  /// A socket. Written: one byte when everything is up and locked, or nothing but an end. Then read: one byte, when that has been checked and the
  /// guest may be served.
  static constexpr int ready = 4;
  static constexpr int control = 5;    ///< a listening unix socket
  static constexpr int log = 6;        ///< egress.jsonl
  static constexpr int older_log = 7;  ///< what was in it before it grew too long
  static constexpr int dns = 8;        ///< a UDP socket
  static constexpr int first_listener = 9;
};

}  // namespace agentbox
