// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/loop.hpp"

#include "core/error.hpp"
#include "relay/record/cast_writer.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

namespace agentbox {

namespace {

constexpr std::size_t output_chunk = 32768;

/// The exit status has come, but no EOF: something that the command left behind holds its output open.
constexpr std::chrono::seconds patience_for_eof{2};
/// RemoteChannel::serve() keeps the connection alive; it is due this often.
constexpr std::chrono::seconds turn{20};

}  // namespace

RelayLoop::RelayLoop(RemoteChannel& channel, const RelayOptions& options)
    : channel_(channel),
      options_(options),
      signals_({SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGALRM, SIGWINCH, SIGTSTP, SIGCONT}),
      input_(options.input),
      output_(options.output),
      error_output_(options.error_output),
      masks_(options.masked ? std::optional(Masks{TextMasker(*options.masked), TextMasker(*options.masked)}) : std::nullopt),
      escape_(options.ways_out),
      silence_ends_(Clock::now() + patience_for_eof) {
  if (terminal_mode()) {
    terminal_.emplace(options.input, input_, output_, options.terminal_rules);
    show_output(options.first_shown);
    send_size();  // it may have changed since the PTY was asked for
    if (options.questions != nullptr) {
      dialog_.emplace(*options.questions, terminal_->output(), output_);
    }
    return;
  }
  if (output_.is_terminal()) {
    printed_.emplace(output_, options.terminal_rules, OutputUse::print_only);
  }
  if (error_output_.is_terminal()) {
    printed_errors_.emplace(error_output_, options.terminal_rules, OutputUse::print_only);
  }
}

RelayOutcome RelayLoop::run() {
  while (true) {
    if (auto outcome = move_output()) {
      return *outcome;
    }
    serve_questions();
    repaint_if_due();
    if (auto outcome = ended()) {
      if (!masks_) {
        return *outcome;
      }
      finish_masks();  // and once more, until that is written, too
      continue;
    }
    wait();
    if (auto outcome = on_signals()) {
      return *outcome;
    }
    if (options_.deadline && Clock::now() >= *options_.deadline && !remote_over()) {
      return TimedOut{};
    }
    channel_.serve();
    if (side_ready_ && options_.side->serve() == SideService::Served::end_relay && !remote_over()) {
      return LimitReached{};
    }
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
  // A VM that has ended leaves the last it said in the socket; that breaks off by itself. The other way round, QEMU's
  // sockets close a moment before its end can be seen, and the user is to hear the cause and not its effect.
  const bool cause_to_come =
      channel_.connection_lost() && !channel_.exit_status() && options_.vm_pidfd >= 0 && !vm_ended_;
  const bool nothing_more = (channel_.output_finished() || channel_.connection_lost()) && !cause_to_come;
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
  for (const auto& due : {dialog_ ? dialog_->next_time() : std::nullopt, repaint_ends_}) {
    at = due ? std::min(at, *due) : at;
  }
  return options_.deadline && !remote_over() ? std::min(at, *options_.deadline) : at;
}

void RelayLoop::wait() {
  // Only what can make progress is in the set: poll(2) reports a hang-up even of what nobody waits for, at once and
  // again and again. It ignores negative descriptors.
  std::vector<pollfd> set{{signals_.fd(), POLLIN, 0},
                          {vm_ended_ ? -1 : options_.vm_pidfd, POLLIN, 0},
                          {wants_input() ? input_.fd() : -1, POLLIN, 0},
                          {output_.pending() ? output_.fd() : -1, POLLOUT, 0},
                          {error_output_.pending() ? error_output_.fd() : -1, POLLOUT, 0},
                          {channel_.fd(), channel_.wanted_events(), 0},
                          {dialog_ ? dialog_->fd() : -1, POLLIN, 0},
                          {options_.side != nullptr ? options_.side->fd() : -1, POLLIN, 0}};
  std::vector<std::pair<int, short>> forwards;
  channel_.append_poll_set(forwards);
  for (const auto& [fd, events] : forwards) {
    set.push_back({fd, events, 0});
  }
  if (::poll(set.data(), set.size(), poll_timeout(wake_up_at())) < 0 && errno != EINTR) {
    throw system_error("cannot wait for the session");
  }
  signal_pending_ = set[0].revents != 0;
  vm_ended_ = vm_ended_ || set[1].revents != 0;
  input_ready_ = set[2].revents != 0;  // POLLNVAL, too: a closed descriptor reads as an end
  side_ready_ = set[7].revents != 0;
}

// Guest -> user

// All that comes from the guest goes through these two: filtered to a terminal, as it is to anything else.

void RelayLoop::show_output(std::string_view received) {
  if (terminal_) {
    const std::string_view shown = terminal_->show(received);
    tell_listener(shown);
    if (options_.recording != nullptr) {
      options_.recording->output(shown, CastWriter::Form::terminal);
    }
    return;
  }
  pass_on(received, printed_, output_, masks_ ? &masks_->output : nullptr);
}

void RelayLoop::show_error_output(std::string_view received) {
  if (terminal_mode()) {
    show_output(
        received);  // with a PTY there is none; a server that sends some nevertheless gets it into the one stream
    return;
  }
  pass_on(received, printed_errors_, error_output_, masks_ ? &masks_->error_output : nullptr);
}

/// Without a terminal on the other side.
void RelayLoop::pass_on(std::string_view received, std::optional<TerminalOutput>& printed, OutputStream& stream, TextMasker* mask) {
  tell_listener(received);
  record_lines(received);
  const std::string masked = mask != nullptr ? mask->mask(received) : std::string();
  show_on(mask != nullptr ? masked : received, printed, stream);
}

void RelayLoop::show_on(std::string_view text, std::optional<TerminalOutput>& printed, OutputStream& stream) {
  if (printed) {
    printed->show(text);
  } else {
    stream.push(text);
  }
}

/// What the masks hold back may have been the beginning of a secret; now it is known to be none.
void RelayLoop::finish_masks() {
  if (masks_) {
    show_on(masks_->output.finish(), printed_, output_);
    show_on(masks_->error_output.finish(), printed_errors_, error_output_);
    masks_.reset();
  }
}

void RelayLoop::tell_listener(std::string_view shown) {
  if (options_.listener != nullptr) {
    options_.listener->on_output(shown);
  }
}

void RelayLoop::record_lines(std::string_view received) {
  if (options_.recording != nullptr) {
    options_.recording->output(received, CastWriter::Form::lines);
  }
}

/// False when there is nothing, or no room for it.
bool RelayLoop::take_from_channel() {
  if (dialog_ && dialog_->is_open()) {
    return false;  // the screen is the question's
  }
  bool any = false;
  if (output_.room() > 0) {
    const std::string part = channel_.read_stdout(std::min(output_.room(), output_chunk));
    show_output(part);
    any = !part.empty();
  }
  if (const std::size_t room = (terminal_mode() ? output_ : error_output_).room(); room > 0) {
    const std::string part = channel_.read_stderr(std::min(room, output_chunk));
    show_error_output(part);
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
    if (any && !remote_spoke_) {
      remote_spoke_ = true;
      send_input();  // what was held back: no event comes for it any more
    }
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

}  // namespace agentbox
