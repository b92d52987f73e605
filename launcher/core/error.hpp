// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace agentbox {

/// What went wrong, in the one respect that main() needs: which exit code to leave with.
enum class ErrorKind {
  usage,        ///< the command line asks for something that does not exist or contradicts itself: exit 2
  config,       ///< a YAML file, a policy or a profile is wrong: exit 125
  environment,  ///< the host lacks something (a program, a key, space, permission): exit 125
  backend,      ///< QEMU, the image build or the guest failed us: exit 125
  timed_out,    ///< the time for the whole run is up: exit 124
  internal,     ///< a bug of ours: exit 125
  interrupted,  ///< the user or the system ended us by a signal; signal_number() says which: exit 128+n
};

/// The only exception type that crosses a folder's edge.
///
/// message: what was attempted, on what, and why it failed; one sentence, no trailing period needed.
/// hint: what the user can do about it; may be empty, may hold several lines.
/// Neither may hold a secret. Strings that come from a guest must be escaped (see text.hpp) first.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, std::string hint = {})
      : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorKind kind_;
  std::string hint_;
};

/// Being interrupted by a signal, as an exception for the places deep in long work (an image build)
/// where unwinding is the clean-up.
class Interrupted : public Error {
 public:
  explicit Interrupted(int signal_number)
      : Error(ErrorKind::interrupted, "interrupted"), signal_number_(signal_number) {}
  [[nodiscard]] int signal_number() const noexcept { return signal_number_; }

 private:
  int signal_number_;
};

/// An Error of kind environment from errno: "cannot open /x: Permission denied".
/// Reads errno at once, so call it right after the failed call.
[[nodiscard]] Error system_error(std::string_view attempted, std::string hint = {});

/// The same for an error number that is not in errno.
[[nodiscard]] Error system_error(int error_number, std::string_view attempted, std::string hint = {});

}  // namespace agentbox
