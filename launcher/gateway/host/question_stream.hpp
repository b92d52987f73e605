// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/ask_question.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace agentbox {

/// The launcher's end of a session's questions (control_server.hpp, "questions"). Nobody is asked but while one lives.
class QuestionStream {
 public:
  /// Throws what command_gateway() does.
  static QuestionStream open(const std::filesystem::path& gateway_socket, Deadline deadline);

  /// Readable when there is something for next(); -1 once the gateway has gone or does not speak as it should.
  [[nodiscard]] int fd() const { return socket_.get(); }
  /// Never blocks.
  std::optional<QuestionEvent> next();
  /// Never blocks. A gateway that takes no answer refuses in time by itself.
  void answer(std::uint64_t question, AskAnswer answer);

 private:
  QuestionStream(UniqueFd socket, std::string received) : socket_(std::move(socket)), received_(std::move(received)) {}
  UniqueFd socket_;
  std::string received_;
};

/// One line of the stream. The gateway reads hostile bytes all day, so the name is parsed once more. No value for what
/// it does not send. Pure.
std::optional<QuestionEvent> parse_question_event(const std::string& line);

}  // namespace agentbox
