// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/hold.hpp"

#include "guest/fail.hpp"
#include "guest/held_socket.hpp"
#include "guest/terminal.hpp"
#include "guest/viewer.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace agentbox::guest {
namespace {

using Clock = Viewer::Clock;
using namespace std::chrono_literals;

// Typed and not yet taken by the command; beyond it those who type wait.
constexpr std::size_t typed_bound = 65536;
// Changes nothing on a terminal, and tells the launcher that what is typed now comes through as it is: this terminal is raw.
constexpr std::string_view ready_sign = "\x1b[m";

// A terminal that takes nothing for so long holds up the other viewers no more.
constexpr auto patience_with_one = 5s;
// Nor the end, for so long.
constexpr auto patience_at_end = 60s;
// A program that looks for its size has to find the other one in between.
constexpr auto repaint_time = 200ms;

Fd watch_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGWINCH}) {
    sigaddset(&set, number);
  }
  sigprocmask(SIG_BLOCK, &set, nullptr);
  Fd fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) {
    fail("cannot watch signals");
  }
  return fd;
}

class Holder {
 public:
  Holder(Fd signals, Fd listener, TerminalCommand command)
      : signals_(std::move(signals)), listener_(std::move(listener)), command_(std::move(command)) {
    viewers_.push_back(std::make_unique<Viewer>(STDIN_FILENO, STDOUT_FILENO, Fd()));
  }

  int run() {
    while (!status_) {
      turn(next_time());
      skip_who_is_stuck();
      repaint_if_due();
    }
    show_rest();
    for (const auto& viewer : viewers_) {
      if (viewer->partner() >= 0) {
        send_message(viewer->partner(), {.word = HeldWord::ended, .status = *status_, .fds = {}});
      }
    }
    return *status_;
  }

 private:
  // One poll(2) and what follows from it.
  void turn(std::optional<Clock::time_point> until) {
    std::vector<pollfd> set{{signals_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}, {terminal(), terminal_events(), 0}};
    for (const auto& viewer : viewers_) {
      set.push_back({typed_.size() < typed_bound ? viewer->input() : -1, POLLIN, 0});
      set.push_back({viewer->output(), static_cast<short>(viewer->pending() ? POLLOUT : 0), 0});
      set.push_back({viewer->partner(), POLLIN, 0});
    }
    poll(set.data(), set.size(), milliseconds_to(until));
    std::size_t at = 3;
    for (const auto& viewer : viewers_) {
      serve(*viewer, &set[at]);
      at += 3;
    }
    if ((set[2].revents & (POLLIN | POLLHUP)) != 0) {
      show_some();
    }
    type();
    if (set[1].revents != 0) {
      welcome();
    }
    if (set[0].revents != 0) {
      on_signals();
    }
    std::erase_if(viewers_, [](const auto& viewer) { return viewer->gone(); });
  }

  static int milliseconds_to(std::optional<Clock::time_point> until) {
    return until ? static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(*until - Clock::now()).count())) : -1;
  }

  [[nodiscard]] int terminal() const { return terminal_closed_ || terminal_events() == 0 ? -1 : command_.master.get(); }
  [[nodiscard]] short terminal_events() const {
    return static_cast<short>((may_show() ? POLLIN : 0) | (typed_.empty() ? 0 : POLLOUT));
  }
  [[nodiscard]] bool may_show() const {
    return std::none_of(viewers_.begin(), viewers_.end(), [](const auto& one) { return one->full() && !one->skipped() && !one->gone(); });
  }

  void serve(Viewer& viewer, const pollfd* ready) {
    if (ready[0].revents != 0) {
      viewer.read_into(typed_, typed_bound);
    }
    if (ready[1].revents != 0) {
      if ((ready[1].revents & (POLLHUP | POLLERR)) != 0 && !viewer.pending()) {
        viewer.leave();
      }
      viewer.flush();
      if (viewer.take_caught_up()) {
        begin_repaint();
      }
    }
    if (ready[2].revents != 0) {
      const auto message = receive_message(viewer.partner());
      if (!message) {
        viewer.leave();
      } else if (message->word == HeldWord::size) {
        take_size(viewer);
      }
    }
  }

  // False when there is nothing now.
  bool show_some() {
    std::array<char, 8192> output;
    const ssize_t count = read(command_.master.get(), output.data(), output.size());
    if (count <= 0) {
      terminal_closed_ = count == 0 || (errno != EAGAIN && errno != EINTR);  // EIO: nobody has its other end open
      return false;
    }
    for (const auto& viewer : viewers_) {
      viewer->show({output.data(), static_cast<std::size_t>(count)});
    }
    return true;
  }

  void type() {
    if (typed_.empty()) {
      return;
    }
    const ssize_t count = write(command_.master.get(), typed_.data(), typed_.size());
    if (count > 0) {
      typed_.erase(0, static_cast<std::size_t>(count));
    } else if (errno != EAGAIN && errno != EINTR) {
      typed_.clear();
    }
  }

  void welcome() {
    Fd partner(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const timeval soon{.tv_sec = 1, .tv_usec = 0};
    setsockopt(partner.get(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    auto message = receive_message(partner.get());
    if (message && message->word == HeldWord::drop_all) {
      viewers_.clear();
    } else if (message && message->word == HeldWord::viewer && message->fds.size() == 2) {
      viewers_.push_back(std::make_unique<Viewer>(message->fds[0].get(), message->fds[1].get(), std::move(partner)));
      viewers_.back()->show(ready_sign);
      take_size(*viewers_.back());
      begin_repaint();  // it shows nothing yet; one of the same size would change nothing by itself
    }
  }

  void on_signals() {
    signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      int status = 0;
      if (info.ssi_signo == SIGCHLD && waitpid(command_.pid, &status, WNOHANG) == command_.pid) {
        status_ = status;
      } else if (info.ssi_signo == SIGWINCH && !viewers_.empty() && viewers_.front()->partner() < 0) {
        take_size(*viewers_.front());
      }
    }
  }

  // Who looked last, or changed last, decides.
  void take_size(const Viewer& viewer) {
    if (const auto size = viewer.size()) {
      command_.size = *size;
      repaint_ends_.reset();
      ioctl(command_.master.get(), TIOCSWINSZ, &command_.size);
    }
  }

  // A program of the whole screen draws all of it when the size changes, a line editor its line when the width does.
  void begin_repaint() {
    winsize other = command_.size;
    other.ws_row = static_cast<unsigned short>(std::max(other.ws_row - 1, 1));
    other.ws_col = static_cast<unsigned short>(std::max(other.ws_col - 1, 1));
    ioctl(command_.master.get(), TIOCSWINSZ, &other);
    repaint_ends_ = Clock::now() + repaint_time;
  }

  void repaint_if_due() {
    if (repaint_ends_ && Clock::now() >= *repaint_ends_) {
      repaint_ends_.reset();
      ioctl(command_.master.get(), TIOCSWINSZ, &command_.size);
    }
  }

  [[nodiscard]] bool others_wait_for(const Viewer& stuck) const {
    return std::any_of(viewers_.begin(), viewers_.end(), [&](const auto& one) { return one.get() != &stuck && !one->full() && !one->skipped(); });
  }

  [[nodiscard]] std::optional<Clock::time_point> next_time() const {
    std::optional<Clock::time_point> next = repaint_ends_;
    for (const auto& viewer : viewers_) {
      if (viewer->full() && !viewer->skipped() && others_wait_for(*viewer)) {
        next = std::min(next.value_or(Clock::time_point::max()), viewer->moved() + patience_with_one);
      }
    }
    return next;
  }

  void skip_who_is_stuck() {
    for (const auto& viewer : viewers_) {
      if (viewer->full() && others_wait_for(*viewer) && Clock::now() >= viewer->moved() + patience_with_one) {
        viewer->skip();
      }
    }
  }

  // What the command said before it ended; what others that it left behind say is not waited for. If nobody looks, somebody may be
  // about to: a machine that was restored is looked at anew.
  void show_rest() {
    const auto deadline = Clock::now() + patience_at_end;
    while (viewers_.empty() && Clock::now() < deadline) {
      turn(deadline);
    }
    while (!terminal_closed_) {
      if (may_show() ? !show_some() : !wait_for_viewers()) {
        break;
      }
    }
    while (std::any_of(viewers_.begin(), viewers_.end(), [](const auto& one) { return one->pending() && !one->gone(); }) &&
           wait_for_viewers()) {
    }
  }

  // False when none of them takes anything any more.
  bool wait_for_viewers() {
    auto until = Clock::time_point::min();
    for (const auto& viewer : viewers_) {
      until = viewer->pending() ? std::max(until, viewer->moved() + patience_at_end) : until;
    }
    if (Clock::now() >= until) {
      return false;
    }
    std::vector<pollfd> set;
    for (const auto& viewer : viewers_) {
      set.push_back({viewer->pending() && !viewer->gone() ? viewer->output() : -1, POLLOUT, 0});
    }
    poll(set.data(), set.size(), milliseconds_to(until));
    for (const auto& viewer : viewers_) {
      viewer->flush();
    }
    return true;
  }

  Fd signals_;
  Fd listener_;
  TerminalCommand command_;
  std::vector<std::unique_ptr<Viewer>> viewers_;
  std::string typed_;
  std::optional<int> status_;
  std::optional<Clock::time_point> repaint_ends_;
  bool terminal_closed_ = false;
};

}  // namespace

int hold(const std::string& socket, const std::function<int()>& command) {
  Fd signals = watch_signals();
  Fd listener = listen_for_viewers(socket);
  TerminalCommand started = start_on_terminal(command);
  for (const int number : {SIGHUP, SIGPIPE}) {
    signal(number, SIG_IGN);
  }
  return Holder(std::move(signals), std::move(listener), std::move(started)).run();
}

}  // namespace agentbox::guest
