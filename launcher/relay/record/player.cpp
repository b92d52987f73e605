// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/record/player.hpp"

#include "core/error.hpp"
#include "relay/control_characters.hpp"
#include "relay/terminal_output.hpp"
#include "sys/files.hpp"
#include "sys/signals.hpp"
#include "sys/wait.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>

namespace agentbox {
namespace {

using Seconds = std::chrono::duration<double>;

/// The keyboard while a recording is played. Raw, where there is one.
class Keys {
 public:
  explicit Keys(int fd) : fd_(fd) {
    if (is_terminal(fd) && in_foreground(fd)) {
      raw_.emplace(fd);
    }
  }

  enum class Key { none, pause, stop };
  /// Waits for a key or a signal, or until writable takes something, but not beyond the deadline.
  Key wait(std::optional<Deadline> deadline, int writable = -1) {
    pollfd set[] = {{signals_.fd(), POLLIN, 0}, {raw_ ? fd_ : -1, POLLIN, 0}, {writable, POLLOUT, 0}};
    ::poll(set, 3, poll_timeout(deadline));
    if (const auto number = set[0].revents != 0 ? signals_.read_signal() : std::nullopt) {
      throw Interrupted(*number);
    }
    return set[1].revents != 0 ? read_key() : Key::none;
  }

 private:
  Key read_key() {
    std::array<char, 64> keys{};
    const ssize_t count = ::read(fd_, keys.data(), keys.size());
    if (count <= 0 || keys[0] == 'q' || keys[0] == control::end_of_text) {
      return Key::stop;
    }
    return keys[0] == ' ' ? Key::pause : Key::none;
  }

  int fd_;
  SignalFd signals_{SIGINT, SIGTERM, SIGHUP};
  std::optional<RawMode> raw_;
};

/// False when the user has had enough.
bool wait_for(Seconds time, Keys& keys) {
  Deadline due = Clock::now() + std::chrono::duration_cast<Clock::duration>(time);
  while (Clock::now() < due) {
    const Keys::Key key = keys.wait(due);
    if (key == Keys::Key::stop) {
      return false;
    }
    if (key == Keys::Key::pause) {
      const auto paused = Clock::now();
      Keys::Key next = Keys::Key::none;
      while (next == Keys::Key::none) {
        next = keys.wait(std::nullopt);
      }
      if (next == Keys::Key::stop) {
        return false;
      }
      due += Clock::now() - paused;
    }
  }
  return true;
}

void play_on_terminal(CastReader& cast, const PlaySettings& settings) {
  Keys keys(settings.input);
  OutputStream stream(settings.output);
  TerminalOutput terminal(stream, TerminalRules{}, OutputUse::replay);
  constexpr Seconds longest_wait = std::chrono::hours(24);
  Seconds last{};
  while (const auto event = cast.next()) {
    Seconds pause = (event->at - last) / settings.speed;
    pause = std::min({pause, settings.idle_limit.value_or(longest_wait), longest_wait});
    last = event->at;
    if (!wait_for(pause, keys)) {
      return;
    }
    terminal.show(event->output);
    while (stream.flush() == OutputStream::Outcome::done && stream.pending()) {
      if (keys.wait(std::nullopt, stream.fd()) == Keys::Key::stop) {
        return;
      }
    }
  }
}

}  // namespace

void play(CastReader& cast, const PlaySettings& settings) {
  if (is_terminal(settings.output)) {
    play_on_terminal(cast, settings);
    return;
  }
  while (const auto event = cast.next()) {
    write_all(settings.output, event->output);
  }
}

}  // namespace agentbox
