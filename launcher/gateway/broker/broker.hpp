// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/asio.hpp"
#include "gateway/broker/ledger.hpp"
#include "gateway/broker/plan.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <memory>
#include <string>

namespace agentbox {

/// One call or refusal, for the egress log. Holds no secret; strings of the guest's are escaped.
struct BrokerEvent {
  std::string provider;  ///< empty: none could be told
  std::string method;
  std::string path;     ///< as it went to the upstream; of a refusal: as the guest sent it. Without its query
  std::string subject = {};  ///< of a git hosting service: the repository
  std::string action = {};   ///< the same: "git fetch", "git push refs/heads/x"; escaped
  std::string refusal;  ///< the reason's word; empty: the call went out
  int status = 0;       ///< that the guest got; 0: it got none
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  TokenUsage tokens;
};

/// What all broker connections of a session share: the plan with its keys, the account, the authorities that upstreams
/// are verified with. Made once, before the process confines itself, because it reads the authorities' files. Lives in
/// one thread, and longer than each connection.
class BrokerState {
 public:
  /// Throws Error{internal} for a plan that is none, Error{environment} when the authorities cannot be read.
  static BrokerState from_json(const nlohmann::json& plan);
  explicit BrokerState(BrokerPlan plan);
  BrokerState(BrokerState&&) noexcept;
  BrokerState& operator=(BrokerState&&) noexcept;
  ~BrokerState();

  /// Tokens, cost and refusals so far, in all and per provider; see to_json(Ledger).
  [[nodiscard]] nlohmann::json summary() const;

  /// Called once for each call, when it is over, and for each refusal. Must not throw.
  void on_event(std::function<void(const BrokerEvent&)> observer);

  struct Parts;  ///< for the broker's own files
  [[nodiscard]] Parts& parts() { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

/// Serves one connection of the guest until it is closed, by whichever side. Takes TCP and unix sockets (they convert).
/// Never throws: what goes wrong on a connection ends that connection.
///
/// Each request on it is judged on its own. The call goes to the route's fixed upstream on a connection of its own,
/// kept for the next call of this guest connection. Both bodies are passed on as they come, at most 60 KiB at a time; a
/// slow side stops the fast one. When the guest goes away the upstream call is given up at once.
boost::asio::awaitable<void> serve_broker_connection(boost::asio::generic::stream_protocol::socket guest,
                                                     BrokerState& state);

}  // namespace agentbox
