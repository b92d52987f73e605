// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>

namespace agentbox {

/// How a process ended: by exiting with a code, or by a signal.
/// One type for local children (from waitpid) and remote commands (RFC 4254 section 6.10).
class ExitStatus {
 public:
  static ExitStatus exited(int code) { return ExitStatus(Exited{code}); }
  /// name: without "SIG", as RFC 4254 spells it ("TERM", "KILL"). An unknown name maps to number 0.
  static ExitStatus signaled(std::string name);
  static ExitStatus signaled(int signal_number);
  /// From a waitpid(2) status word of a process that has ended.
  static ExitStatus from_wait_status(int status);

  [[nodiscard]] bool success() const noexcept;
  /// The code to hand to a shell: the exit code, or 128 + signal number.
  [[nodiscard]] int shell_code() const noexcept;
  /// "exit code 3" or "killed by SIGTERM".
  [[nodiscard]] std::string describe() const;

  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;

 private:
  struct Exited {
    int code;
    friend bool operator==(const Exited&, const Exited&) = default;
  };
  struct Signaled {
    int number;
    friend bool operator==(const Signaled&, const Signaled&) = default;
  };
  explicit ExitStatus(std::variant<Exited, Signaled> value) : value_(value) {}
  std::variant<Exited, Signaled> value_;
};

}  // namespace agentbox
