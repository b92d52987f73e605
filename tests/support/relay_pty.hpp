// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "core/exit_status.hpp"
#include "sys/terminal.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

namespace agentbox::test {

/// A process on a new terminal, seen from the terminal's other end: what a terminal emulator does, without the screen.
class TerminalUser {
 public:
  /// child runs in the new process with the terminal as its standard streams and returns its exit code.
  TerminalUser(TerminalSize size, const std::function<int()>& child) {
    winsize window{};
    window.ws_col = static_cast<unsigned short>(size.columns);
    window.ws_row = static_cast<unsigned short>(size.rows);
    int master = -1;
    int slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, &window) != 0) {
      throw system_error("cannot open a PTY");
    }
    master_ = UniqueFd(master);
    slave_ = UniqueFd(slave);
    ::fcntl(master, F_SETFD, FD_CLOEXEC);
    pid_ = ::fork();
    if (pid_ == 0) {
      master_.reset();
      ::login_tty(slave_.release());
      ::signal(SIGHUP, SIG_DFL);
      std::_Exit(child());
    }
  }
  ~TerminalUser() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  TerminalUser(const TerminalUser&) = delete;
  TerminalUser& operator=(const TerminalUser&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int fd() const { return master_.get(); }
  /// All that was read from the terminal so far.
  [[nodiscard]] const std::string& screen() const { return screen_; }
  void forget_screen() { screen_.clear(); }

  /// Types, reading what the terminal shows meanwhile, so that neither side waits for the other.
  void type(std::string_view keys) {
    while (!keys.empty()) {
      pollfd set{master_.get(), POLLIN | POLLOUT, 0};
      ::poll(&set, 1, -1);
      if ((set.revents & POLLIN) != 0) {
        read_once();
      }
      if ((set.revents & POLLOUT) != 0) {
        const ssize_t count = ::write(master_.get(), keys.data(), std::min<std::size_t>(keys.size(), 1024));
        keys.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
      }
      if ((set.revents & (POLLHUP | POLLERR)) != 0) {
        return;
      }
    }
  }

  /// Reads until text has appeared. False when the terminal closes or a minute passes before.
  bool sees(std::string_view text) {
    const Deadline deadline = Clock::now() + std::chrono::seconds(60);
    while (screen_.find(text) == std::string::npos) {
      pollfd set{master_.get(), POLLIN, 0};
      if (::poll(&set, 1, poll_timeout(deadline)) != 1 || !read_once()) {
        return screen_.find(text) != std::string::npos;
      }
    }
    return true;
  }

  /// Reads on until the process has ended.
  ExitStatus wait() {
    slave_.reset();  // so that the end of the process ends the terminal
    while (read_once()) {
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return ExitStatus::from_wait_status(status);
  }

  void resize(TerminalSize size) {
    winsize window{};
    window.ws_col = static_cast<unsigned short>(size.columns);
    window.ws_row = static_cast<unsigned short>(size.rows);
    ::ioctl(master_.get(), TIOCSWINSZ, &window);
  }

  /// As the process has set the terminal.
  [[nodiscard]] bool is_raw() const { return (mode().c_lflag & (ICANON | ECHO | ISIG)) == 0; }
  [[nodiscard]] termios mode() const {
    termios now{};
    ::tcgetattr(slave_.valid() ? slave_.get() : master_.get(), &now);
    return now;
  }

  void hang_up() {
    slave_.reset();
    master_.reset();
  }

 protected:
  bool read_once() {
    std::array<char, 65536> buffer;
    const ssize_t count = ::read(master_.get(), buffer.data(), buffer.size());
    if (count <= 0) {
      return false;  // EIO: nobody has the terminal open any more
    }
    screen_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }

 private:
  UniqueFd master_;
  UniqueFd slave_;  ///< kept open to look at the modes
  pid_t pid_ = -1;
  std::string screen_;
};

}  // namespace agentbox::test
