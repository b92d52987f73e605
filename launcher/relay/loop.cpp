// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/loop.hpp"

#include "core/error.hpp"
#include "relay/output_filter.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

namespace agentbox {

namespace {

constexpr std::size_t chunk_size = 32768;

/// In pipes mode a slow guest stops the fast source.
constexpr std::size_t pipe_input_bound = 65536;

/// In terminal mode reading must not stop when the guest hangs, for the way out (Enter ~ .) comes by the same road as
/// everything else. So what is typed or pasted is read ahead, up to more than anyone pastes by hand. Beyond it the terminal
/// is made to wait like any other source: to drop what the user entered would be worse. What is left then is to close
/// the terminal, or SIGTERM.
constexpr std::size_t typed_input_bound = std::size_t{8} << 20U;

/// The exit status has come, but no EOF: something that the command left behind holds its output open.
constexpr std::chrono::seconds patience_for_eof{2};
/// RemoteChannel::serve() keeps the connection alive; it is due this often.
constexpr std::chrono::seconds turn{20};

}  // namespace

RelayLoop::RelayLoop(RemoteChannel& channel, const RelayOptions& options)
    : channel_(channel),
      options_(options),
      signals_({SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT}),
      input_(options.input),
      output_(options.output),
      error_output_(options.error_output),
      silence_ends_(Clock::now() + patience_for_eof) {
  if (options.timeout) {
    deadline_ = Clock::now() + *options.timeout;
  }
  if (terminal_mode()) {
    terminal_.emplace(options.input, input_, output_);
    send_size();  // it may have changed since the PTY was asked for
  }
}

RelayOutcome RelayLoop::run() {
  while (true) {
    if (auto outcome = move_output()) {
      return *outcome;
    }
    if (auto outcome = ended()) {
      return *outcome;
    }
    wait();
    if (auto outcome = on_signals()) {
      return *outcome;
    }
    if (deadline_ && Clock::now() >= *deadline_ && !remote_over()) {
      return TimedOut{};
    }
    channel_.serve();
    if (auto outcome = move_input()) {
      return *outcome;
    }
  }
}

/// The remote side is over, in whatever way; what it said is still to be shown.
bool RelayLoop::remote_over() const { return channel_.exit_status() || channel_.connection_lost() || vm_ended_; }

RelayLoop::MaybeOutcome RelayLoop::ended() const {
  if (!remote_over() || output_pending()) {
    return std::nullopt;  // a user who reads slowly does not lose the end
  }
  // A VM that has ended leaves the last it said in the socket; that breaks off by itself.
  const bool nothing_more = channel_.output_finished() || channel_.connection_lost();
  if (!nothing_more && Clock::now() < silence_ends_) {
    return std::nullopt;
  }
  if (const auto status = channel_.exit_status()) {
    return RemoteEnded{*status};
  }
  return ConnectionLost{vm_ended_ ? "the virtual machine ended" : channel_.lost_reason()};
}

std::optional<Deadline> RelayLoop::wake_up_at() const {
  Deadline at = Clock::now() + turn;
  if (remote_over() && !output_pending()) {
    at = std::min(at, silence_ends_);
  }
  return deadline_ && !remote_over() ? std::min(at, *deadline_) : at;
}

void RelayLoop::wait() {
  // Only what can make progress is in the set: poll(2) reports a hang-up even of what nobody waits for, at once and
  // again and again. It ignores negative descriptors.
  std::vector<pollfd> set{{signals_.fd(), POLLIN, 0},
                          {vm_ended_ ? -1 : options_.vm_pidfd, POLLIN, 0},
                          {wants_input() ? input_.fd() : -1, POLLIN, 0},
                          {output_.pending() ? output_.fd() : -1, POLLOUT, 0},
                          {error_output_.pending() ? error_output_.fd() : -1, POLLOUT, 0},
                          {channel_.fd(), channel_.wanted_events(), 0}};
  std::vector<std::pair<int, short>> forwards;
  channel_.append_poll_set(forwards);
  for (const auto& [fd, events] : forwards) {
    set.push_back({fd, events, 0});
  }
  if (::poll(set.data(), set.size(), poll_timeout(wake_up_at())) < 0 && errno != EINTR) {
    throw system_error("cannot wait for the session");
  }
  vm_ended_ = vm_ended_ || set[1].revents != 0;
}

// Guest -> user

/// All that comes from the guest goes through here.
void RelayLoop::show(OutputStream& stream, std::string_view received) {
  const std::string_view output = filter_output(received);
  if (terminal_) {
    terminal_->note_output(output);
  }
  stream.push(output);
}

/// False when there is nothing, or no room for it.
bool RelayLoop::take_from_channel() {
  bool any = false;
  // With a PTY there is no error output; a server that sends some nevertheless gets it into the one stream.
  OutputStream& errors = terminal_mode() ? output_ : error_output_;
  if (output_.room() > 0) {
    const std::string part = channel_.read_stdout(std::min(output_.room(), chunk_size));
    show(output_, part);
    any = !part.empty();
  }
  if (errors.room() > 0) {
    const std::string part = channel_.read_stderr(std::min(errors.room(), chunk_size));
    show(errors, part);
    any = any || !part.empty();
  }
  return any;
}

RelayLoop::MaybeOutcome RelayLoop::flush(OutputStream& stream) {
  switch (stream.flush()) {
    case OutputStream::Outcome::reader_gone:
      return RemoteEnded{ExitStatus::signaled("PIPE")};  // as the command would have ended here, writing itself
    case OutputStream::Outcome::terminal_gone:
      return Signaled{SIGHUP};
    case OutputStream::Outcome::done:
      break;
  }
  return std::nullopt;
}

RelayLoop::MaybeOutcome RelayLoop::move_output() {
  while (true) {
    const bool was_pending = output_pending();
    const bool any = take_from_channel();
    for (OutputStream* stream : {&output_, &error_output_}) {
      if (auto outcome = flush(*stream)) {
        return outcome;
      }
    }
    if (any || was_pending || !remote_over()) {
      silence_ends_ = Clock::now() + patience_for_eof;  // while the user's side is slow, the guest is not silent
    }
    // No event announces what the channel holds already, so go on for as long as that and the room last.
    const bool made_room = was_pending && !output_pending();
    if (!any && !made_room) {
      return std::nullopt;
    }
  }
}

// User -> guest

bool RelayLoop::wants_input() const {
  const std::size_t bound = terminal_mode() ? typed_input_bound : pipe_input_bound;
  // What is typed after the end is for the shell.
  return !input_ended_ && !remote_over() && to_send_.size() - sent_ < bound;
}

RelayLoop::MaybeOutcome RelayLoop::move_input() {
  if (wants_input()) {
    pollfd set{input_.fd(), POLLIN, 0};
    if (::poll(&set, 1, 0) != 0) {  // POLLNVAL, too: a closed descriptor reads as an end
      if (auto outcome = read_input()) {
        return outcome;
      }
    }
  }
  send_input();
  return std::nullopt;
}

RelayLoop::MaybeOutcome RelayLoop::read_input() {
  std::string bytes;
  switch (input_.read(bytes, chunk_size)) {
    case InputStream::Outcome::data:
      if (terminal_mode()) {
        return on_typed(bytes);
      }
      to_send_ += bytes;
      break;
    case InputStream::Outcome::nothing:
      break;
    case InputStream::Outcome::end:
      if (terminal_mode()) {
        return Signaled{SIGHUP};  // a raw terminal has no end but to hang up
      }
      input_ended_ = true;
      break;
    case InputStream::Outcome::gone:
      return Signaled{SIGHUP};
  }
  return std::nullopt;
}

RelayLoop::MaybeOutcome RelayLoop::on_typed(std::string_view bytes) {
  while (!bytes.empty()) {
    const EscapeScanner::Result result = escape_.scan(bytes);
    to_send_ += result.forwarded;
    bytes.remove_prefix(result.consumed);
    if (result.event == EscapeScanner::Event::end) {
      output_.drop_pending();
      return UserEscaped{};
    }
    if (result.event == EscapeScanner::Event::help) {
      output_.push(escape_help);
    }
  }
  return std::nullopt;
}

void RelayLoop::send_input() {
  while (sent_ < to_send_.size()) {
    const std::size_t taken = channel_.write(std::string_view(to_send_).substr(sent_));
    if (taken == 0) {
      break;
    }
    sent_ += taken;
  }
  if (sent_ == to_send_.size()) {
    to_send_.clear();
    sent_ = 0;
    if (input_ended_ && !eof_sent_) {
      channel_.send_eof();
      eof_sent_ = true;
    }
  } else if (sent_ >= typed_input_bound / 8) {  // seldom enough that a long paste is not copied again and again
    to_send_.erase(0, sent_);
    sent_ = 0;
  }
}

// Signals

RelayLoop::MaybeOutcome RelayLoop::on_signals() {
  while (const auto number = signals_.read_signal()) {
    switch (*number) {
      case SIGWINCH:
        send_size();
        break;
      case SIGTSTP:
        stop_self();
        break;
      case SIGCONT:
        on_continue();
        break;
      case SIGINT:
        if (auto outcome = on_interrupt()) {
          return outcome;
        }
        break;
      default:
        return Signaled{*number};
    }
  }
  return std::nullopt;
}

/// Without a terminal in raw mode, Ctrl-C reaches us and not the guest. The first is the command's to handle; whoever
/// sends a second one means us.
RelayLoop::MaybeOutcome RelayLoop::on_interrupt() {
  if (terminal_mode() || interrupted_once_) {
    return Signaled{SIGINT};
  }
  interrupted_once_ = true;
  channel_.send_signal("INT");
  return std::nullopt;
}

void RelayLoop::stop_self() {
  if (terminal_) {
    terminal_->leave();
  }
  ::raise(SIGSTOP);  // here we stand until SIGCONT, which then comes as an event, too
}

void RelayLoop::on_continue() {
  if (terminal_) {
    terminal_->leave();  // the shell has set modes of its own meanwhile
    terminal_->enter();
    send_size();
  }
}

void RelayLoop::send_size() {
  if (const auto size = terminal_mode() ? terminal_size(options_.output) : std::nullopt) {
    channel_.resize(*size);
  }
}

}  // namespace agentbox
