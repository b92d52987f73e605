// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/ask/ask_dialog.hpp"

namespace agentbox {
namespace {

/// A guest that never ends its sequence has it ended.
constexpr std::chrono::milliseconds patience_for_rest{300};

}  // namespace

AskDialog::AskDialog(AskSource& source, TerminalOutput& terminal, OutputStream& output)
    : source_(source), terminal_(terminal), output_(output) {}

void AskDialog::take_events() {
  while (const auto event = source_.next()) {
    if (const auto* posed = std::get_if<PosedQuestion>(&*event)) {
      waiting_ = Waiting{*posed, Clock::now() + patience_for_rest};
      continue;
    }
    const std::uint64_t gone = std::get<WithdrawnQuestion>(*event).id;
    if (waiting_ && waiting_->posed.question.id == gone) {
      waiting_.reset();
    }
    if (open_ && open_->posed.question.id == gone) {
      close();
    }
  }
  if (open_ && source_.fd() < 0) {  // nobody takes the answer any more
    close();
  }
}

void AskDialog::serve(std::optional<TerminalSize> size) {
  take_events();
  if (open_ && !open_->keys && !output_.pending()) {
    open_->keys.emplace(Clock::now());
  }
  if (open_ && open_->keys) {
    if (const auto answer = open_->keys->answer(Clock::now())) {
      source_.answer(open_->posed.question, *answer);
      close();
      take_events();
    }
  }
  const bool quiet = terminal_.modes().at_rest() && !output_.pending();
  if (waiting_ && !open_ && (quiet || Clock::now() >= waiting_->until)) {
    const PosedQuestion posed = waiting_->posed;
    waiting_.reset();
    show(posed, size);
  }
}

void AskDialog::show(const PosedQuestion& posed, std::optional<TerminalSize> size) {
  const auto screen = size ? ask_screen(posed, terminal_.modes(), *size) : std::nullopt;
  if (!screen) {
    source_.answer(posed.question, AskAnswer::deny);
    return;
  }
  TerminalModes before = terminal_.modes();
  before.feed(before.at_rest() ? "" : "\x18");  // a sequence of the guest's ends here, for the terminal and for us
  open_.emplace(Open{posed, *screen, before, std::nullopt});
  terminal_.show_own(screen->open);
}

void AskDialog::close() {
  output_.push(open_->screen.close);
  terminal_.set_modes(open_->modes);
  repaint_ = repaint_ || open_->screen.after == AskScreen::After::repaint;
  open_.reset();
}

std::string AskDialog::feed(std::string_view typed) {
  return open_ && open_->keys ? open_->keys->feed(typed, Clock::now()) : std::string(typed);
}

void AskDialog::redraw(std::optional<TerminalSize> size) {
  if (open_) {
    const PosedQuestion posed = open_->posed;
    close();
    show(posed, size);
  }
}

void AskDialog::give_up() {
  for (const auto* posed : {waiting_ ? &waiting_->posed : nullptr, open_ ? &open_->posed : nullptr}) {
    if (posed != nullptr) {
      source_.answer(posed->question, AskAnswer::deny);
    }
  }
  waiting_.reset();
  if (open_) {
    close();
  }
}

std::optional<Deadline> AskDialog::next_time() const {
  if (open_) {
    return open_->keys ? open_->keys->next_time() : std::nullopt;
  }
  return waiting_ ? std::optional(waiting_->until) : std::nullopt;
}

bool AskDialog::take_repaint() { return std::exchange(repaint_, false); }

}  // namespace agentbox
