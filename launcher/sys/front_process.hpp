// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <sys/types.h>

#include <functional>

namespace agentbox {

/// What the work in the back knows of the process in front, which our caller waits for.
class Front {
 public:
  Front(UniqueFd pipe, pid_t pid);

  /// False once it was let go.
  [[nodiscard]] bool present() const noexcept { return pipe_.valid(); }
  /// The process in front ends with this exit code, and the work goes on alone: in a session of its own, without a terminal, in the
  /// root directory, with /dev/null for standard input and output and messages for standard error.
  void let_go(int exit_code, const UniqueFd& messages);

 private:
  UniqueFd pipe_;
  pid_t pid_;
};

/// Does the work in a process of its own, behind one that our caller waits for as if it did the work itself: signals are passed on to the
/// work, a stop stops both, and its exit code, or the signal that ended it, is the other's exit code. Should the process in front be
/// killed, the work gets SIGHUP. Returns in both processes: in front when the work has ended or has let it go, in the back after the
/// work. Only in a process without threads, after block_signals().
int work_behind_front(const std::function<int(Front&)>& work);

}  // namespace agentbox
