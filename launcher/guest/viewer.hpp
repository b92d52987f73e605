// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/fd.hpp"

#include <sys/ioctl.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox::guest {

/// Where a held command's terminal is shown and typed to: a terminal that sshd made, or pipes of its. Nothing here blocks.
class Viewer {
 public:
  using Clock = std::chrono::steady_clock;

  /// Opens what in and out are once more, so that not to block is a matter of ours alone; a terminal becomes raw. partner: the
  /// connection of the process that waits for the command's end on the viewer's behalf; none for the first.
  Viewer(int in, int out, Fd partner);

  [[nodiscard]] int input() const { return input_open_ ? in_.get() : -1; }
  [[nodiscard]] int output() const { return out_.get(); }
  [[nodiscard]] int partner() const { return partner_.get(); }
  /// Hung up.
  [[nodiscard]] bool gone() const { return gone_; }
  void leave() { gone_ = true; }

  /// Appends what was typed, at most limit bytes.
  void read_into(std::string& typed, std::size_t limit);

  void show(std::string_view output);
  void flush();
  [[nodiscard]] bool pending() const { return !pending_.empty(); }
  /// Wants no more before it was flushed.
  [[nodiscard]] bool full() const;
  /// When it last took something, or had nothing to take.
  [[nodiscard]] Clock::time_point moved() const { return moved_; }

  /// One that takes nothing any more does not hold up the others: what comes is not shown to it until it has caught up.
  void skip() { skipped_ = true; }
  [[nodiscard]] bool skipped() const { return skipped_; }
  /// True once, when it has caught up: what it shows is to be drawn anew.
  bool take_caught_up();

  /// Of its terminal; none for pipes and for a terminal that has none (0 by 0: nobody looks).
  [[nodiscard]] std::optional<winsize> size() const;

 private:
  Fd in_;
  Fd out_;
  Fd partner_;
  bool terminal_;
  std::string pending_;
  Clock::time_point moved_ = Clock::now();
  bool input_open_ = true;
  bool gone_ = false;
  bool skipped_ = false;
};

}  // namespace agentbox::guest
