// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/ask/question_desk.hpp"
#include "gateway/server/connection.hpp"
#include "gateway/server/timing.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace agentbox {

/// decide() for this connection, and what the user once granted it. When nothing allows the request and somebody is
/// there to be asked, this waits for the answer, at most open_questions times the time of one.
Task<Verdict> judge_or_ask(std::shared_ptr<Connection> connection, EgressRequest request);

/// What a lookup is told: decide(), but a name that would be asked about when it is connected to gets its address. A
/// name that is merely looked up bothers nobody.
Verdict judge_lookup(const GatewayState& state, const EgressRequest& request);

/// The launcher that has a terminal, and the questions that are put to it. Lives as long as its control connection:
/// owned by the coroutine that serves that, so that asking ends with it, and nobody waits for an answer that cannot
/// come.
class Asking : public std::enable_shared_from_this<Asking> {
 public:
  using UnixSocket = asio::local::stream_protocol::socket;

  Asking(GatewayState& state, UnixSocket socket);
  /// Refuses what is open.
  ~Asking();
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  /// Reads answers until the launcher hangs up or says something wrong; received: what came behind its command.
  Task<void> serve(std::string received);

  /// Waits for the user's answer about name and port. The verdict is a refusal, or "asked: ..." when it allows.
  Task<Verdict> ask(HostName name, std::uint16_t port);
  [[nodiscard]] Verdict lookup(const HostName& name) const { return desk_.lookup(name); }

  /// After a change of the rules: questions that they have answered are taken back.
  void rules_changed();
  /// At the session's end: nobody waits any more.
  void end();

 private:
  /// What the connections that wait for one question share. The timer never expires: to cancel it is to wake them.
  struct Waiting {
    explicit Waiting(asio::io_context& io) : wake(io, Connection::Clock::time_point::max()) {}
    asio::steady_timer wake;
    std::optional<Verdict> verdict = {};
  };

  bool take_answer(const std::string& line);
  void settle(std::uint64_t question, AskAnswer answer);
  void finish(std::uint64_t question, const Verdict& verdict);
  void show_next();
  void send(const nlohmann::json& message);
  Task<void> write_outbox();

  GatewayState& state_;
  UnixSocket socket_;
  QuestionDesk desk_;
  std::map<std::uint64_t, std::shared_ptr<Waiting>> waiting_;
  std::uint64_t shown_ = 0;  ///< the question that the launcher has been sent, 0: none
  std::unique_ptr<Alarm> patience_;
  std::string outbox_;
  bool writing_ = false;
};

}  // namespace agentbox
