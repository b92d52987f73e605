// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/top/top_screen.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/egress_policy.hpp"
#include "session/manage.hpp"
#include "sys/event_set.hpp"
#include "sys/signals.hpp"
#include "sys/terminal.hpp"
#include "sys/timer_fd.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

namespace agentbox {

namespace {

/// A terminal in raw mode, on its other screen, for as long as it lives.
class TopTerminal {
 public:
  TopTerminal() : raw_(STDIN_FILENO) { print("\x1b[?1049h\x1b[?25l\x1b[2J"); }
  TopTerminal(const TopTerminal&) = delete;
  TopTerminal& operator=(const TopTerminal&) = delete;
  ~TopTerminal() { print_error_output("\x1b[?25h\x1b[?1049l"); }

 private:
  RawMode raw_;
};

/// agentbox top on a terminal, until its user leaves it.
class Top {
 public:
  explicit Top(const Application& application) : application_(application) {
    events_.add(STDIN_FILENO);
    events_.add(timer_.fd());
    events_.add(signals_.fd());
    terminal_.emplace();
  }

  int run() {
    refresh();
    while (true) {
      draw();
      wait_readable(events_.fd(), std::nullopt);
      for (const int fd : events_.readable()) {
        if (fd == STDIN_FILENO) {
          if (!on_input()) {
            return 0;
          }
        } else if (fd == timer_.fd()) {
          timer_.take();
          refresh();
        } else {
          while (signals_.read_signal()) {
          }
          print("\x1b[2J");  // the window has another size
        }
      }
    }
  }

 private:
  void refresh() {
    usages_ = meter_.look(application_);
    std::vector<std::string> ids;
    for (const auto& usage : usages_) {
      ids.push_back(usage.record.id);
    }
    keys_.show(ids);
  }

  void draw() {
    constexpr TerminalSize usual{.columns = 80, .rows = 24};
    print(top_screen(list_usages(usages_, std::chrono::system_clock::now()), keys_, message_,
                     terminal_size(STDOUT_FILENO).value_or(usual)));
  }

  /// False: it is over.
  bool on_input() {
    std::array<char, 256> typed;
    const ssize_t count = ::read(STDIN_FILENO, typed.data(), typed.size());
    if (count <= 0) {
      return false;  // the terminal is gone
    }
    message_.clear();
    const TopAction action = keys_.take({typed.data(), static_cast<std::size_t>(count)});
    if (action.kind == TopAction::Kind::quit) {
      return false;
    }
    try {
      act(action);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      message_ = error.what();
    }
    refresh();
    return true;
  }

  void act(const TopAction& action) {
    switch (action.kind) {
      case TopAction::Kind::stop:
        message_ = "Stopping " + action.session;
        draw();
        stop_session(action.session, application_);
        message_ = "Stopped " + action.session;
        break;
      case TopAction::Kind::allow:
        add_rules(action.session, RuleKind::allow, {action.host}, application_);
        message_ = action.session + " reaches " + action.host + " from now on";
        break;
      case TopAction::Kind::attach:
        attach(action.session);
        break;
      case TopAction::Kind::none:
      case TopAction::Kind::quit:
        break;
    }
  }

  /// Whatever comes of it, the terminal is ours again afterwards.
  void attach(const std::string& session) {
    terminal_.reset();
    std::optional<Error> failed;
    try {
      attach_to_session({.session = session}, application_);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      failed = error;
    }
    terminal_.emplace();
    if (failed) {
      throw Error(*failed);
    }
  }

  const Application& application_;
  UsageMeter meter_;
  TopKeys keys_;
  std::vector<SessionUsage> usages_;
  std::string message_;
  TimerFd timer_{std::chrono::seconds(2)};
  SignalFd signals_{SIGWINCH};
  EventSet events_;
  std::optional<TopTerminal> terminal_;
};

}  // namespace

int execute(const ShowTop& options, const CommandContext& context) {
  const Application application = context.open();
  const bool interactive =
      options.print == ShowTop::Print::as_it_goes && is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO);
  if (interactive) {
    return Top(application).run();
  }
  UsageMeter meter;
  meter.look(application);
  // How busy a processor is can be told of a time only.
  const TimerFd moment(std::chrono::milliseconds(500));
  wait_readable(moment.fd(), std::nullopt);
  print(format_listing(list_usages(meter.look(application), std::chrono::system_clock::now()), options.format));
  return 0;
}

}  // namespace agentbox
