// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace agentbox {

/// Follows what comes from a terminal to know whether it still has to answer something: what a guest has asked and did
/// not stay to hear would be typed into the user's shell. An estimate: some keys look like answers (F3), some terminals
/// leave questions unanswered. Pure.
class PendingReplies {
 public:
  void note_questions(unsigned count);
  void feed(std::string_view input);
  [[nodiscard]] bool any() const { return pending_ > 0; }

 private:
  enum class State { ground, escape, csi, string, string_escape };

  void feed_byte(char byte);
  void end_csi(char final);
  void note_reply();

  State state_ = State::ground;
  std::string parameters_;  ///< of the control sequence that is being read
  unsigned pending_ = 0;
};

}  // namespace agentbox
