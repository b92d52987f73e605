// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/host/gateway_plan.hpp"
#include "gateway/host/gateway_room.hpp"
#include "sys/process.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// The sockets on which the guest's traffic arrives; see GatewayProcess::start().
struct GatewayListeners {
  std::vector<UniqueFd> tcp;  ///< listening; an accepted socket's own address is where the guest wanted to go
  UniqueFd dns;               ///< UDP
};

/// Where one session's gateway runs and what it leaves behind.
struct GatewayPlace {
  GatewayRoom room;
  std::filesystem::path
      directory;  ///< the session's: gateway.sock, egress.jsonl, egress.old.jsonl, gateway.log are made there
};

/// What a session's network did, for its last line and its log.
struct EgressSummary {
  struct Refusal {
    std::string to;  ///< escaped: fit for a terminal
    std::string rule;
    std::uint64_t count = 0;
  };
  std::uint64_t allowed = 0;
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  std::uint64_t lost_records = 0;
  std::uint64_t log_lines = 0;  ///< that were written to egress.jsonl
  std::string log_hash = {};    ///< of the last one: the witness of where the log ends
  std::vector<Refusal> refusals;
  nlohmann::json broker = nullptr;  ///< the broker's own summary; null without one
};
EgressSummary egress_summary_from_json(const nlohmann::json& status);

class StartingGateway;

/// A running agentbox-gateway, locked in and checked. Destroying it ends the process. Needs to be started by a thread
/// that lives as long as it (parent-death signal).
class GatewayProcess {
 public:
  /// Returns when it serves, or throws: Error{environment} when it cannot be confined, Error{backend} with its last
  /// words when it fails. Blocks for some ten milliseconds. The listeners are handed over. Before it returns, /proc has
  /// been asked whether every wall of the room stands. Of the plan no copy is left: wipe_secrets() it.
  static GatewayProcess start(const GatewayPlan& plan, GatewayListeners listeners, const GatewayPlace& place,
                              Deadline deadline);
  /// Its first half, for who has something to do meanwhile: what start() does without waiting. It serves nobody before the second
  /// half, in which its walls are checked; what the guest sends until then waits.
  static StartingGateway begin(const GatewayPlan& plan, GatewayListeners listeners, const GatewayPlace& place);

  GatewayProcess(GatewayProcess&&) noexcept = default;

  /// Readable when it has ended, which is then the end of the session's network.
  [[nodiscard]] int pidfd() const noexcept { return process_.pidfd(); }
  /// The process itself (bubblewrap is its parent's parent).
  [[nodiscard]] pid_t pid() const noexcept { return gateway_pid_; }
  [[nodiscard]] EgressSummary status() const;
  /// Asks for the summary and ends the process. An empty summary when it has died before. Safe to call once.
  EgressSummary stop();

 private:
  friend class StartingGateway;
  GatewayProcess(ChildProcess process, pid_t gateway_pid, std::filesystem::path socket)
      : process_(std::move(process)), gateway_pid_(gateway_pid), socket_(std::move(socket)) {}
  ChildProcess process_;
  pid_t gateway_pid_;
  std::filesystem::path socket_;
};

/// One that is on its way; see GatewayProcess::begin(). Destroying it ends the process.
class StartingGateway {
 public:
  /// The second half of GatewayProcess::start(), with its errors. To be called once.
  GatewayProcess await_ready(Deadline deadline);

 private:
  friend class GatewayProcess;
  StartingGateway(ChildProcess process, GatewayRoom::Kind kind, UniqueFd ready, UniqueFd info,
                  std::filesystem::path directory)
      : process_(std::move(process)),
        kind_(kind),
        ready_(std::move(ready)),
        info_(std::move(info)),
        directory_(std::move(directory)) {}

  ChildProcess process_;
  GatewayRoom::Kind kind_;
  UniqueFd ready_;  ///< on which it says that it could serve, and hears that it may
  UniqueFd info_;   ///< where bubblewrap tells the PID; invalid without one
  std::filesystem::path directory_;
};

/// One command to the gateway of a running session (control_server.hpp), from any process of the same user. Throws
/// Error{usage} with the gateway's words when it refuses, Error{environment} when nobody answers by the deadline.
nlohmann::json command_gateway(const std::filesystem::path& socket, const nlohmann::json& command, Deadline deadline);
/// The same on a connection that goes on. further: what the gateway has sent behind its answer.
nlohmann::json command_gateway(const UniqueFd& connection, const nlohmann::json& command, Deadline deadline,
                               std::string& further);

}  // namespace agentbox
