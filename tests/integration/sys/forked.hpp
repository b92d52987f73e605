// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/exit_status.hpp"
#include "sys/pidfd.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

namespace agentbox::test {

/// A deadline that only a hang reaches. Nothing is measured by it.
inline Deadline hang() { return Clock::now() + std::chrono::seconds(60); }

/// A second process of this test program. The body gets a descriptor to write lines to the test; the process exits with
/// 0 when the body returns and with 1 when it throws. Destroying it kills it. The body must not use Catch2.
class Forked {
 public:
  explicit Forked(const std::function<void(int report)>& body) {
    PipeEnds pipe = make_pipe();
    pid_ = ::fork();
    if (pid_ < 0) {
      throw std::runtime_error("fork failed");
    }
    if (pid_ == 0) {
      pipe.read.reset();
      int code = 1;
      try {
        body(pipe.write.get());
        code = 0;
      } catch (const std::exception& error) {
        const std::string text = std::string("forked process: ") + error.what() + "\n";
        [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
      }
      ::_exit(code);
    }
    report_ = std::move(pipe.read);
  }
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;
  ~Forked() { kill(); }

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// The next line of the body's report; throws when the process ends or hangs before.
  std::string read_line() {
    std::string line;
    for (char c = 0; c != '\n';) {
      if (!wait_readable(report_.get(), hang()) || ::read(report_.get(), &c, 1) != 1) {
        throw std::runtime_error("a forked process reported nothing");
      }
      line += c;
    }
    line.pop_back();
    return line;
  }

  ExitStatus wait() {
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, 0) != pid_) {
      throw std::runtime_error("waitpid failed");
    }
    pid_ = -1;
    return ExitStatus::from_wait_status(status);
  }

  /// SIGKILL: nothing of the process's own clean-up runs.
  void kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }

 private:
  pid_t pid_ = -1;
  UniqueFd report_;
};

inline void report_line(int fd, const std::string& line) {
  const std::string text = line + "\n";
  if (::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot report");
  }
}

/// For bodies: sleeps until killed.
[[noreturn]] inline void sleep_for_ever() {
  while (true) {
    ::pause();
  }
}

/// For bodies: a failed expectation ends the process with code 1.
inline void expect(bool condition, const char* what) {
  if (!condition) {
    throw std::runtime_error(what);
  }
}

/// True when the process of this pidfd ends before the test must be hanging.
inline bool ends(int pidfd) { return wait_readable(pidfd, hang()); }

}  // namespace agentbox::test
