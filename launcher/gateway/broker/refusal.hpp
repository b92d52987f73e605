// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/provider.hpp"

#include <string>

namespace agentbox::broker {

/// Why the broker does not do what it was asked for. The word is for the log and for programs.
enum class Reason {
  bad_request,       ///< not HTTP as we read it
  unknown_route,     ///< no provider or git host of that name in this session
  not_allowed,       ///< method and path are not among those that the provider's definition names
  upgrade,           ///< a websocket
  no_credential,     ///< neither the placeholder nor anything else
  wrong_credential,  ///< something that is not this session's placeholder for this route
  body_too_large,
  too_many_calls,  ///< at once
  cap_tokens,
  cap_cost,
  cap_requests,
  upstream_unreachable,
  upstream_untrusted,  ///< its certificate
  upstream_broken,     ///< it does not speak HTTP as we read it
  upstream_redirect,
  upstream_timeout,
  upstream_key,  ///< it does not accept the real key
};
std::string to_string(Reason reason);

/// An answer of the broker's own.
struct Refusal {
  Reason reason = Reason::bad_request;
  int status = 400;
  std::string message;  ///< one plain sentence that an agent can act on; no secret, nothing of the peer's unescaped
};

/// The refusal with the status that makes clients give up (or try again, where that helps): caps are 402, which no
/// client takes for a moment's overload.
Refusal refuse(Reason reason, std::string message);

/// The body that clients of this family take apart to show the message.
std::string refusal_body(const Refusal& refusal, WireFormat wire);

/// The whole response. close: the connection cannot be used any further, say because a body was not read.
enum class AfterRefusal { keep_open, close };
std::string refusal_response(const Refusal& refusal, WireFormat wire, AfterRefusal after);

}  // namespace agentbox::broker
