// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/unique_fd.hpp"

#include "core/error.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace agentbox {

void UniqueFd::reset() noexcept {
  if (fd_ >= 0) {
    // Not repeated on EINTR: Linux has released the number by then, and another thread may own it already.
    ::close(std::exchange(fd_, -1));
  }
}

UniqueFd duplicate(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) {
    throw system_error("cannot duplicate a file descriptor");
  }
  return copy;
}

PipeEnds make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw system_error("cannot make a pipe");
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

SocketPair make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw system_error("cannot make a socket pair");
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    throw system_error("cannot make a file descriptor non-blocking");
  }
}

}  // namespace agentbox
