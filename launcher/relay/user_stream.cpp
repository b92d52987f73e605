// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/user_stream.hpp"

#include "core/error.hpp"

#include <climits>
#include <fmt/format.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace agentbox {

namespace {

constexpr std::size_t output_bound = 65536;

/// poll(2) promises room for PIPE_BUF bytes in a pipe. It promises a single byte of a terminal; this much fits where
/// the terminal is read at all.
constexpr std::size_t borrowed_pipe_step = PIPE_BUF;
constexpr std::size_t borrowed_terminal_step = 256;

bool ready(int fd, short events) {
  pollfd set{fd, events, 0};
  return ::poll(&set, 1, 0) == 1;
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

SharedFd::SharedFd(int fd, Direction direction) : fd_(fd), terminal_(::isatty(fd) == 1) {
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  std::error_code ignored;
  const auto type = std::filesystem::status(path, ignored).type();
  if (type == std::filesystem::file_type::socket) {
    kind_ = Kind::socket;
  } else if (type == std::filesystem::file_type::fifo || terminal_) {
    const int access = direction == Direction::reading ? O_RDONLY : O_WRONLY;
    own_ = UniqueFd(::open(path.c_str(), access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    kind_ = own_ ? Kind::own : Kind::borrowed;
  }
}

InputStream::Outcome InputStream::read(std::string& data, std::size_t limit) {
  if (fd_.kind() == SharedFd::Kind::borrowed && !ready(fd_.get(), POLLIN)) {
    return Outcome::nothing;
  }
  data.resize(limit);
  const ssize_t count = fd_.kind() == SharedFd::Kind::socket ? ::recv(fd_.get(), data.data(), limit, MSG_DONTWAIT)
                                                             : ::read(fd_.get(), data.data(), limit);
  const int error = errno;
  data.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count > 0) {
    return Outcome::data;
  }
  if (count == 0 || error == EBADF || error == ECONNRESET) {
    return Outcome::end;  // EBADF: started with standard input closed
  }
  if (error == EIO && fd_.is_terminal()) {
    return Outcome::gone;
  }
  if (would_block(error)) {
    return Outcome::nothing;
  }
  throw system_error(error, "cannot read standard input");
}

std::size_t OutputStream::room() const {
  const std::size_t used = buffer_.size() - offset_;
  return used < output_bound ? output_bound - used : 0;
}

void OutputStream::push(std::string_view text) {
  buffer_.erase(0, offset_);
  offset_ = 0;
  buffer_ += text;
}

void OutputStream::drop_pending() {
  buffer_.clear();
  offset_ = 0;
}

OutputStream::Outcome OutputStream::flush() {
  while (pending()) {
    std::string_view rest = std::string_view(buffer_).substr(offset_);
    if (fd_.kind() == SharedFd::Kind::borrowed) {
      if (!ready(fd_.get(), POLLOUT)) {
        break;
      }
      rest = rest.substr(0, fd_.is_terminal() ? borrowed_terminal_step : borrowed_pipe_step);
    }
    const ssize_t count = fd_.kind() == SharedFd::Kind::socket
                              ? ::send(fd_.get(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                              : ::write(fd_.get(), rest.data(), rest.size());
    if (count >= 0) {
      offset_ += static_cast<std::size_t>(count);
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return Outcome::reader_gone;
    } else if (errno == EIO && fd_.is_terminal()) {
      return Outcome::terminal_gone;
    } else if (would_block(errno)) {
      break;
    } else {
      throw system_error("cannot write the output");
    }
  }
  return Outcome::done;
}

}  // namespace agentbox
