// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace agentbox {

/// How a descriptor that we share with the shell and with the other programs of a pipeline is used without blocking.
///
/// O_NONBLOCK is a property of the open file, not of the descriptor: set on our standard output it would be set for
/// everyone who shares it, and outlive us. Terminals and pipes are therefore opened once more (/proc/self/fd/N), which
/// gives an open file of our own. Where that is refused (a terminal of another user, after su) the given descriptor is
/// used as it is, in steps so small that a poll(2) before each makes blocking improbable.
class SharedFd {
 public:
  enum class Direction { reading, writing };
  enum class Kind {
    own,       ///< opened again, non-blocking
    socket,    ///< MSG_DONTWAIT does it
    file,      ///< regular files and the like: always ready, and opening again would start at offset 0
    borrowed,  ///< blocking; only after poll(2), and little at a time
  };

  SharedFd(int fd, Direction direction);
  [[nodiscard]] int get() const { return own_ ? own_.get() : fd_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  /// It was one at the beginning; one that has hung up is not known as a terminal any more.
  [[nodiscard]] bool is_terminal() const { return terminal_; }

 private:
  int fd_;
  bool terminal_;
  UniqueFd own_;
  Kind kind_ = Kind::file;
};

/// The user's standard input.
class InputStream {
 public:
  explicit InputStream(int fd) : fd_(fd, SharedFd::Direction::reading) {}
  [[nodiscard]] int fd() const { return fd_.get(); }

  enum class Outcome { data, nothing, end, gone };
  /// Call it when poll(2) says that there is something. end: EOF, or the descriptor was never open. gone: the terminal
  /// has hung up. Throws Error{environment} on any other failure.
  Outcome read(std::string& data, std::size_t limit);

 private:
  SharedFd fd_;
};

/// The user's standard output or error output, with a bounded buffer before it.
class OutputStream {
 public:
  explicit OutputStream(int fd) : fd_(fd, SharedFd::Direction::writing) {}
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool is_terminal() const { return fd_.is_terminal(); }

  [[nodiscard]] std::size_t room() const;
  [[nodiscard]] bool pending() const { return offset_ < buffer_.size(); }
  /// Takes all of text; the caller keeps to room().
  void push(std::string_view text);
  void drop_pending();

  enum class Outcome { done, reader_gone, terminal_gone };
  /// Writes what goes without blocking. Throws Error{environment} when writing fails for another reason (a full disk).
  Outcome flush();

 private:
  SharedFd fd_;
  std::string buffer_;
  std::size_t offset_ = 0;
};

}  // namespace agentbox
