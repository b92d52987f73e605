// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace agentbox {

/// Sole owner of a file descriptor; closes it. Everything of ours is opened with O_CLOEXEC; what a child is to
/// inherit is named in its ProcessSpec.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  explicit operator bool() const noexcept { return valid(); }
  /// Gives up ownership.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

/// A second descriptor for the same open file, close-on-exec.
UniqueFd duplicate(int fd);

struct PipeEnds {
  UniqueFd read;
  UniqueFd write;
};
/// pipe2(O_CLOEXEC).
PipeEnds make_pipe();

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};
/// A connected AF_UNIX stream pair, close-on-exec.
SocketPair make_socket_pair();

void set_nonblocking(int fd);

}  // namespace agentbox
