// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/broker.hpp"
#include "gateway/dns/synthetic_addresses.hpp"
#include "gateway/host/gateway_plan.hpp"
#include "gateway/limits.hpp"
#include "gateway/log/egress_log.hpp"
#include "egress/target.hpp"
#include "gateway/server/io.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace agentbox {

class Asking;
class Connection;

/// Everything that the connections of one session share. Lives as long as the io_context runs; one thread, no locks.
class GatewayState {
 public:
  GatewayState(asio::io_context& io, GatewayPlan plan, EgressLog log);

  asio::io_context& io;
  GatewayPlan plan;
  GatewayLimits limits;
  SyntheticAddresses addresses;
  std::set<Connection*> connections;  ///< alive; each enters by itself, and leaves by leave()
  std::weak_ptr<Asking> asking;       ///< whoever asks the user; none: nobody is asked
  std::optional<BrokerState> broker;  ///< holds the keys; none when the plan has no broker

  /// Writes a record and counts it. The state fills in time and session.
  void record(EgressRecord record);
  /// Writes what was only counted, where nothing was added to the count for a while.
  void flush_log();
  /// Writes everything that was only counted.
  void finish_log();

  void leave(Connection* connection);
  /// The session's end: every connection is reset and leaves its record, which takes a second at most. Ones that come
  /// later are reset at once.
  Task<void> end_connections();
  [[nodiscard]] bool ending() const { return ending_; }

  /// New rules hold at once: for what is asked from now on, and for connections that were allowed before and no longer
  /// are.
  void replace_rules(EgressRules rules);

  /// {"allowed", "refused", "failed", "bytes_up", "bytes_down", "connections", "lost_records", "log_lines", "log_hash",
  /// "refusals": [{to, rule, count}], "broker": BrokerState::summary() or null}
  [[nodiscard]] nlohmann::json summary() const;

  /// What a refused guest is told: what, why, and what the user can do about it.
  [[nodiscard]] std::string explain(const Target& target, const Verdict& verdict) const;

 private:
  void record_call(const BrokerEvent& event);

  EgressLog log_;
  bool ending_ = false;
  std::function<void()> on_last_leave_;
  std::map<std::string, std::uint64_t> counts_;                            ///< by verdict
  std::map<std::pair<std::string, std::string>, std::uint64_t> refusals_;  ///< by destination and rule
  std::uint64_t bytes_up_ = 0;
  std::uint64_t bytes_down_ = 0;
};

}  // namespace agentbox
