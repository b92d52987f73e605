// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/host_name.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace agentbox {

/// What the first bytes of a connection say about TLS. The bytes are only looked at; they are sent on unchanged.
struct ClientHello {
  enum class State {
    not_tls,    ///< the first byte says so, or the second
    need_more,  ///< so far it is the beginning of a ClientHello
    malformed,  ///< it pretended to be TLS and is not, begins with another record than a hello's, or names more than one
                ///< server, or one that is no host name
    complete,
  };
  State state = State::need_more;
  std::optional<HostName> server_name = {};  ///< SNI; complete only, and none when the client sends none
};

/// RFC 8446 4.1.2 and RFC 6066 3, over as many records as the client splits it into. Pure; cheap enough to be called
/// again with each byte more. A hello longer than longest_client_hello is malformed.
ClientHello parse_client_hello(std::span<const unsigned char> bytes);

/// Post-quantum key shares make 2 KiB usual; four full records are nobody's.
constexpr std::size_t longest_client_hello = 16384;

/// A fatal TLS alert, "access_denied", that a client can show: as one record, to be sent before the connection is
/// closed.
std::string access_denied_alert();

}  // namespace agentbox
