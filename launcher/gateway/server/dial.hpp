// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/server/connection.hpp"

#include <string>

namespace agentbox {

/// How a dial ended.
struct DialOutcome {
  enum class Kind { connected, refused, failed };
  Kind kind = Kind::failed;
  Verdict verdict = {};      ///< refused: what stands against the address that the name led to
  std::string address = {};  ///< what was dialled last, as text
  std::string problem = {};  ///< failed: for the guest, "cannot be reached: Connection refused"
  std::string early = {};    ///< connected by way of a proxy: bytes that the far end sent along with the proxy's answer
};

/// Connects connection.upstream to a target that decide() has allowed. A name is resolved here, once, by the host's
/// resolver; each of its addresses is judged by decide_address() and must be neither this host's own nor on one of its
/// links; if one is refused none is dialled, since a name that leads to several worlds is an attack. Then they are tried in order. Through the
/// host's HTTP proxy, where there is one, the proxy resolves.
Task<DialOutcome> dial(Connection& connection, Target target);

}  // namespace agentbox
