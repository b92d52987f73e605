// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/server/gateway_state.hpp"
#include "sys/unique_fd.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace agentbox {

/// One connection of the guest: its socket, what has been read and not yet used, its clock and its record. Owned by the
/// coroutine that serves it; everything else (timers, a control command) holds it weakly.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;

  Connection(GatewayState& state, tcp::socket guest);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  GatewayState& state;
  tcp::socket guest;
  tcp::socket upstream;
  std::string received;  ///< from the guest, not yet judged or not yet sent on
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;

  /// Closes both sockets when nothing touches it for that long; every call replaces the one before. Must be called once
  /// before anything waits.
  void limit_silence(std::chrono::milliseconds limit);
  void touch() { last_activity_ = Clock::now(); }
  [[nodiscard]] bool timed_out() const { return timed_out_; }

  /// What this connection lives by from now on: judged again when the rules change, and reset if it is refused then.
  void lives_by(std::optional<EgressRequest> request) { lives_by_ = std::move(request); }
  /// The address that is dialled for it: judged again, too.
  void leads_to(const IpAddress& address, std::uint16_t port) { leads_to_.emplace(address, port); }
  void judge_again();
  /// The user's answer to this connection: what it asked about is allowed to it for as long as it lives, unless a rule
  /// denies it. rule: as the log names it.
  void grant(HostName name, std::uint16_t port, std::string rule);
  /// decide(), and what was granted.
  [[nodiscard]] Verdict judge(const EgressRequest& request) const;

  /// Gives the guest's socket away, with all its time limits. Closing this connection still ends that one.
  [[nodiscard]] tcp::socket hand_over();

  /// Appends what the guest sends next to received. False at the end of its stream, on an error, and at a time limit.
  Task<bool> read_more();
  /// Waits until the guest has sent something, at most that long. Nothing is read; false also when it has hung up.
  Task<bool> wait_for_bytes(std::chrono::milliseconds limit);

  /// Writes and counts. False when the guest is gone.
  Task<bool> send_to_guest(std::string_view bytes);

  /// Closes so that what was sent arrives: a close with unread bytes of the guest would become a reset that overtakes
  /// it.
  Task<void> close_gently();
  /// Closes with a reset, so that the guest's program fails at once and does not wait for an answer.
  void reset();
  void close();
  /// Whoever waits for the server then sees an error; the guest can still be answered.
  void close_upstream();

 private:
  struct Grant {
    HostName name;
    std::uint16_t port;
    std::string rule;
  };

  void arm();
  asio::steady_timer clock_;
  std::chrono::milliseconds silence_limit_{};
  Clock::time_point last_activity_ = Clock::now();
  Clock::time_point ends_;
  bool timed_out_ = false;
  std::optional<EgressRequest> lives_by_;
  std::optional<std::pair<IpAddress, std::uint16_t>> leads_to_;
  std::optional<Grant> grant_;
  UniqueFd handed_over_;  ///< the same socket as the one that was given away
};

}  // namespace agentbox
