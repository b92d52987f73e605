// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/git/request.hpp"
#include "gateway/broker/http/head.hpp"
#include "gateway/broker/plan.hpp"
#include "gateway/broker/refusal.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What happens with a request, decided from its head alone. Pure: the only place where a guest's words turn into an
// action.
namespace agentbox::broker {

/// The request goes to the route's upstream, as this, with the one real header added by the sender.
struct Forward {
  const BrokerRoute* route = nullptr;
  std::string method;
  std::string target;           ///< upstream's path, the call's path, and what is left of the query
  std::vector<Header> headers;  ///< the guest's, as far as they are forwarded: no credential, nothing about framing
  enum class Metering { metered, free } metering = Metering::metered;
  enum class Expect { nothing, go_ahead } expect = Expect::nothing;  ///< the guest waits for "100 Continue"
  std::optional<GitRequest> git = {};  ///< what a call to a git hosting service asks for; none: a model service
};

/// The broker says 200 and no more.
struct AnswerOk {
  const BrokerRoute* route = nullptr;
};

/// A refusal knows its route, when there is one, for the error's form.
struct Refused {
  const BrokerRoute* route = nullptr;
  Refusal refusal;
  std::string subject = {};  ///< the repository it is about, where there is one
};

using Admission = std::variant<Forward, AnswerOk, Refused>;
Admission admit(const BrokerPlan& plan, const RequestHead& head);

/// Those headers of a request that go on: the common ones and those of allowed, credentials and hop-by-hop ones never.
std::vector<Header> forwarded_headers(const RequestHead& head, const std::vector<std::string>& allowed);

/// The query without the parameters that are not in allowed; names are compared after percent-decoding, so that "k%65y"
/// is not a way to send a key. With its "?", or empty.
std::string filter_query(std::string_view query, const std::vector<std::string>& allowed);

/// Whether one of the credentials in this head is the placeholder. Header forms and the query's "key" are looked at;
/// each comparison takes constant time, and all are made.
enum class Shown { placeholder, something_else, nothing };
Shown shown_credential(const RequestHead& head, std::string_view query, std::string_view placeholder);

}  // namespace agentbox::broker
