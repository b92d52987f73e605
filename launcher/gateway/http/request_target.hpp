// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/http/message_head.hpp"
#include "egress/target.hpp"

#include <optional>
#include <string>

namespace agentbox {

/// Transparent: the connection's target stands already. Proxy: each request names its own.
enum class HttpRole { transparent, proxy };

/// What a request asks for, once its parts agree.
struct AskedTarget {
  Target target;
  std::string path;  ///< what is sent on as the request's target
  friend bool operator==(const AskedTarget&, const AskedTarget&) = default;
};

/// The Host header and the request line against each other and against what is known of the connection. No value: they
/// contradict each other, or the request line names no target that this role serves (CONNECT is not for here). Where
/// the guest addressed a number and names a host, the name counts.
std::optional<AskedTarget> asked_target(const RequestHead& head, const Target& known, HttpRole role);

/// The head that is sent on: what was meant for a proxy is taken out; in the proxy's role the connection is for this
/// one request. The rest is the guest's.
std::string outgoing_head(RequestHead head, const std::string& path, HttpRole role);

}  // namespace agentbox
