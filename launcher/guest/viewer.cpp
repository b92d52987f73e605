// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/viewer.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace agentbox::guest {
namespace {

// What is held back here is what still comes after the user's Ctrl-C.
constexpr std::size_t pending_bound = 16384;

// sshd's other end of a socket pair cannot be opened again; there, blocking is switched off for both of us, which sshd itself has done.
Fd open_again(int fd, int access) {
  Fd own(open(("/proc/self/fd/" + std::to_string(fd)).c_str(), access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!own.valid()) {
    own = Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
    fcntl(own.get(), F_SETFL, fcntl(own.get(), F_GETFL) | O_NONBLOCK);
  }
  return own;
}

void make_raw(int fd) {
  termios modes{};
  if (tcgetattr(fd, &modes) == 0) {
    cfmakeraw(&modes);
    tcsetattr(fd, TCSANOW, &modes);
  }
}

bool only_for_now() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

Viewer::Viewer(int in, int out, Fd partner)
    : in_(open_again(in, O_RDONLY)), out_(open_again(out, O_WRONLY)), partner_(std::move(partner)), terminal_(isatty(in) != 0) {
  make_raw(in_.get());
}

void Viewer::read_into(std::string& typed, std::size_t limit) {
  const std::size_t before = typed.size();
  typed.resize(before + limit);
  const ssize_t count = read(in_.get(), typed.data() + before, limit);
  typed.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count == 0) {
    input_open_ = false;
    gone_ = terminal_;  // a pipe's end is that of the typing only
  } else if (count < 0 && !only_for_now()) {
    gone_ = true;
  }
}

void Viewer::show(std::string_view output) {
  if (skipped_ || gone_) {
    return;
  }
  if (pending_.empty()) {
    moved_ = Clock::now();
  }
  pending_ += output;
  flush();
}

void Viewer::flush() {
  while (!pending_.empty() && !gone_) {
    const ssize_t count = write(out_.get(), pending_.data(), pending_.size());
    if (count > 0) {
      pending_.erase(0, static_cast<std::size_t>(count));
      moved_ = Clock::now();
    } else if (count < 0 && only_for_now()) {
      return;
    } else {
      gone_ = true;
    }
  }
}

bool Viewer::full() const { return pending_.size() >= pending_bound; }

bool Viewer::take_caught_up() {
  const bool caught_up = skipped_ && pending_.empty();
  skipped_ = skipped_ && !caught_up;
  return caught_up;
}

std::optional<winsize> Viewer::size() const {
  winsize size{};
  if (ioctl(in_.get(), TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
    return std::nullopt;
  }
  return size;
}

}  // namespace agentbox::guest
