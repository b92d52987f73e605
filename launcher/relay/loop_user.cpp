// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/loop.hpp"

#include "core/error.hpp"
#include "relay/record/cast_writer.hpp"

#include <algorithm>
#include <csignal>

// What comes from the user: bytes and signals. See loop.cpp for the turn itself and for what comes from the guest.

namespace agentbox {

namespace {

constexpr std::size_t input_chunk = 32768;

/// In pipes mode a slow guest stops the fast source.
constexpr std::size_t pipe_input_bound = 65536;

/// In terminal mode reading must not stop when the guest hangs, for the way out (Enter ~ .) comes by the same road as
/// everything else. So what is typed or pasted is read ahead, up to more than anyone pastes by hand. Beyond it the
/// terminal is made to wait like any other source: to drop what the user entered would be worse. What is left then is
/// to close the terminal, or SIGTERM.
constexpr std::size_t typed_input_bound = std::size_t{8} << 20U;

}  // namespace

// User -> guest

bool RelayLoop::wants_input() const {
  const std::size_t bound = terminal_mode() ? typed_input_bound : pipe_input_bound;
  // What is typed after the end is for the shell.
  return !input_ended_ && !remote_over() && to_send_.size() - sent_ < bound;
}

RelayLoop::MaybeOutcome RelayLoop::move_input() {
  if (input_ready_ && wants_input()) {
    if (auto outcome = read_input()) {
      return outcome;
    }
  }
  send_input();
  return std::nullopt;
}

RelayLoop::MaybeOutcome RelayLoop::read_input() {
  std::string bytes;
  switch (input_.read(bytes, input_chunk)) {
    case InputStream::Outcome::data:
      if (terminal_) {
        terminal_->note_input(bytes);
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
    try {
      take_typed(dialog_ ? dialog_->feed(result.forwarded) : result.forwarded);
    } catch (const Interrupted& interrupted) {  // in the midst of fetching an image; else signals are events
      return interrupted.signal_number() == SIGALRM ? MaybeOutcome(TimedOut{}) : MaybeOutcome(Signaled{interrupted.signal_number()});
    }
    bytes.remove_prefix(result.consumed);
    switch (result.event) {
      case EscapeScanner::Event::end:
        output_.drop_pending();
        return UserEscaped{};
      case EscapeScanner::Event::detach:
        send_input();  // what was typed before is the command's
        output_.drop_pending();
        output_.push("\r\n");  // the cursor is wherever the program has left it
        return UserDetached{};
      case EscapeScanner::Event::help:
        output_.push(escape_help(options_.ways_out));
        break;
      case EscapeScanner::Event::none:
        break;
    }
  }
  return std::nullopt;
}

void RelayLoop::take_typed(std::string typed) {
  if (options_.images == nullptr) {
    to_send_ += typed;
    return;
  }
  for (const auto& part : paste_keys_.scan(typed)) {
    const auto path = part.kind == PasteKeyScanner::Part::Kind::paste_key ? options_.images->put_into_guest() : std::nullopt;
    if (path && terminal_->output().modes().brackets_pastes()) {
      to_send_ += "\x1b[200~" + *path + "\x1b[201~";
    } else {
      to_send_ += path.value_or(part.text);
    }
  }
}

void RelayLoop::send_input() {
  if (options_.input_after_output && !remote_spoke_) {
    return;
  }
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

// Questions to the user

void RelayLoop::serve_questions() {
  if (!dialog_) {
    return;
  }
  if (remote_over()) {
    dialog_->give_up();
    return;
  }
  dialog_->serve(terminal_size(options_.output));
  if (dialog_->take_repaint()) {
    ask_for_repaint();
  }
}

void RelayLoop::repaint_if_due() {
  if (repaint_ends_ && Clock::now() >= *repaint_ends_) {
    send_size();
  }
}

/// A program of the whole screen draws all of it when the size changes, a line editor its line when the width does. One that finds the
/// old size again when it comes to look would not: so the other one stays for a moment.
void RelayLoop::ask_for_repaint() {
  constexpr std::chrono::milliseconds moment{200};
  if (const auto size = terminal_size(options_.output)) {
    channel_.resize({.columns = std::max(size->columns - 1, 1), .rows = std::max(size->rows - 1, 1)});
    repaint_ends_ = Clock::now() + moment;
  }
}

// Signals

RelayLoop::MaybeOutcome RelayLoop::on_signals() {
  while (const auto number = signal_pending_ ? signals_.read_signal() : std::nullopt) {
    switch (*number) {
      case SIGWINCH:
        send_size();
        if (dialog_) {
          dialog_->redraw(terminal_size(options_.output));
        }
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
      case SIGALRM:
        return TimedOut{};
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
    if (dialog_) {
      dialog_->redraw(terminal_size(options_.output));
    }
  }
}

void RelayLoop::send_size() {
  repaint_ends_.reset();
  if (const auto size = terminal_mode() ? terminal_size(options_.output) : std::nullopt) {
    channel_.resize(*size);
    if (options_.recording != nullptr) {
      options_.recording->resize(*size);
    }
  }
}

}  // namespace agentbox
