// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/ask_question.hpp"
#include "sys/wait.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace agentbox {

/// Tells a user who answers a question from one who goes on typing for the guest, and has not seen it yet: an answer is
/// one of `o s a d` or Ctrl-C with no key in the time before it (counted from when the question stood on the screen)
/// and none in a shorter time after it. All other typing goes to the guest as if there were no question; a lone key
/// that is no answer is dropped. Pure; the time is handed in.
///
/// Keys are looked for outside of what a terminal sends by itself: replies, mouse and focus reports, key releases, and
/// pastes, all of which are the guest's. `o` as the kitty keyboard protocol spells it (`ESC[111u`) is an `o`.
class AskKeys {
 public:
  using Time = Clock::time_point;
  static constexpr std::chrono::milliseconds quiet_before{700};
  static constexpr std::chrono::milliseconds quiet_after{400};

  /// shown: when the question's last byte was written to the terminal.
  explicit AskKeys(Time shown) : quiet_since_(shown) {}

  /// What of it is for the guest, now.
  std::string feed(std::string_view bytes, Time now);
  /// The answer, once it is certain. To be asked at next_time(), too.
  std::optional<AskAnswer> answer(Time now);
  /// When answer() may have something without a further key; no value: not before one.
  [[nodiscard]] std::optional<Time> next_time() const;

 private:
  enum class State { ground, escape, csi, single_shift, mouse, string, string_escape };

  void feed_byte(char byte, std::string& forwarded);
  void end_csi(std::string& forwarded);
  std::string take_sequence();
  void on_typing(std::string_view bytes, std::string& forwarded);
  void on_key(std::string_view bytes, int code, std::string& forwarded);

  struct Pending {
    std::string bytes;
    int code;
    Time at;
  };

  State state_ = State::ground;
  bool in_paste_ = false;
  std::string sequence_;  ///< the sequence that is being read
  std::size_t sent_ = 0;  ///< of it, because a read ended there
  std::size_t mouse_bytes_ = 0;
  Time now_{};
  Time quiet_since_;
  std::optional<Pending> pending_;
};

}  // namespace agentbox
