// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/terminal_modes.hpp"

#include "relay/control_characters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace agentbox {

namespace {

constexpr std::size_t longest_parameters = 128;
constexpr std::size_t most_pushes = 32;
constexpr int most_flags = 31;  // five bits (kitty's keyboard protocol)

constexpr const char* end_of_hyperlink = "\x1b]8;;\x1b\\";

/// Modes that are off on a terminal at rest, in the order in which they are switched off: synchronized output first
/// (nothing else would show), the alternate screens last.
constexpr int usually_off[] = {2026, 1,    5,    6,    9,    66,   69,   1000, 1001, 1002, 1003,
                               1004, 1005, 1006, 1015, 1016, 2004, 2031, 2048, 47,   1047, 1049};
constexpr int usually_on[] = {7 /* wrap */, 25 /* cursor */};
/// Under which a text stands elsewhere than it should: origin mode, left and right margins.
constexpr int distorting[] = {6, 69};
constexpr int alternate_screens[] = {47, 1047, 1049};

template <std::size_t size>
bool contains(const int (&list)[size], int mode) {
  return std::find(std::begin(list), std::end(list), mode) != std::end(list);
}

int number(std::string_view text, int if_none) {
  int value = if_none;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

void TerminalModes::feed(std::string_view output) {
  for (std::size_t at = 0; at < output.size(); ++at) {
    if (state_ == State::ground) {  // nearly all of it: plain text, to be passed over fast
      while (at < output.size() && static_cast<unsigned char>(output[at]) > control::escape) {
        ++at;
      }
      if (at == output.size()) {
        return;
      }
    }
    const char byte = output[at];
    if (byte == control::cancel || byte == control::substitute) {
      state_ = State::ground;
      continue;
    }
    switch (state_) {
      case State::ground:
        feed_ground(byte);
        break;
      case State::escape:
        feed_escape(byte);
        break;
      case State::escape_intermediate:
        line_drawing_ = escape_intermediate_ == '(' ? byte != 'B' : line_drawing_;
        state_ = byte == control::escape ? State::escape : State::ground;
        break;
      case State::csi:
        feed_csi(byte);
        break;
      case State::string:
      case State::string_escape:
        feed_string(byte);
        break;
    }
  }
}

void TerminalModes::feed_ground(char byte) {
  if (byte == control::escape) {
    state_ = State::escape;
  } else if (byte == '\x0e' || byte == '\x0f') {
    shifted_out_ = byte == '\x0e';
  }
}

void TerminalModes::feed_escape(char byte) {
  state_ = State::ground;
  switch (byte) {
    case '[':
      parameters_.clear();
      state_ = State::csi;
      break;
    case ']':  // OSC
      begin_string(String::osc);
      break;
    case 'P':  // DCS
    case '_':  // APC
    case '^':  // PM
    case 'X':  // SOS
      begin_string(String::other);
      break;
    case 'c':  // RIS
      *this = TerminalModes(titles_pushed_);  // which are no part of it
      break;
    case '=':
    case '>':
      application_keypad_ = byte == '=';
      break;
    case control::escape:
      state_ = State::escape;
      break;
    default:
      if (byte >= ' ' && byte <= '/') {
        escape_intermediate_ = byte;
        state_ = State::escape_intermediate;
      }
  }
}

void TerminalModes::feed_csi(char byte) {
  if (byte == control::escape) {
    state_ = State::escape;
  } else if (byte >= '@' && byte <= '~') {
    state_ = State::ground;
    if (parameters_.size() < longest_parameters) {
      dispatch_csi(byte);
    }
  } else if (byte >= ' ' && byte <= '?' && parameters_.size() < longest_parameters) {
    parameters_ += byte;  // others are control characters, which terminals obey in the midst of a sequence
  }
}

void TerminalModes::feed_string(char byte) {
  if (state_ == State::string_escape) {
    state_ = State::string;
    if (byte == '\\') {
      end_string();
    } else {
      feed_escape(byte);  // any other ESC ends a string, too
    }
  } else if (byte == '\a') {
    end_string();
  } else if (byte == control::escape) {
    state_ = State::string_escape;
  } else {
    follow_link(byte);
  }
}

void TerminalModes::begin_string(String kind) {
  state_ = State::string;
  maybe_link_ = kind == String::osc;
  semicolons_ = 0;
  has_address_ = false;
}

/// `8;PARAMETERS;ADDRESS`, which with an empty address ends the link before.
void TerminalModes::follow_link(char byte) {
  constexpr unsigned before_address = 2;
  if (semicolons_ == before_address) {
    has_address_ = true;
  } else if (byte == ';') {
    ++semicolons_;
  } else if (semicolons_ == 0) {
    maybe_link_ = maybe_link_ && byte == '8';
  }
}

void TerminalModes::end_string() {
  state_ = State::ground;
  if (maybe_link_ && semicolons_ > 0) {
    hyperlink_ = has_address_;
  }
}

void TerminalModes::dispatch_csi(char final) {
  const std::string_view all = parameters_;
  const char prefix = all.empty() ? '\0' : all.front();
  const bool plain = all.find_first_not_of("0123456789;:") == std::string_view::npos;
  if ((final == 'h' || final == 'l') && prefix == '?') {
    set_private_modes(final == 'h');
  } else if ((final == 'h' || final == 'l') && all == "4") {
    insert_mode_ = final == 'h';
  } else if (final == 'u' && (prefix == '>' || prefix == '<' || prefix == '=')) {
    follow_keyboard_stack();
  } else if (final == 'm' && prefix == '>') {
    modify_other_keys_ = all.starts_with(">4;") ? std::clamp(number(all.substr(3), 0), 0, 3) : 0;
  } else if (final == 'm' && plain) {
    attributes_ = !(all.empty() || all == "0");
  } else if (final == 'r' && plain) {
    scroll_region_ = !all.empty();
  } else if (final == 'q' && all.ends_with(' ')) {
    cursor_style_ = std::clamp(number(all, 0), 0, 8);
  } else if (final == 'p' && all == "!") {
    soft_reset();
  } else if (final == 't' && plain) {
    follow_title_stack();
  }
}

void TerminalModes::set_private_modes(bool on) {
  std::string_view rest = std::string_view(parameters_).substr(1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const int mode = number(rest.substr(0, end), -1);
    if (contains(usually_off, mode) || contains(usually_on, mode)) {
      if (on == contains(usually_on, mode)) {
        unusual_.erase(mode);
      } else {
        unusual_.insert(mode);
      }
      if (!on && contains(alternate_screens, mode)) {  // one leaves what another entered
        std::for_each(std::begin(alternate_screens), std::end(alternate_screens),
                      [this](int screen) { unusual_.erase(screen); });
      }
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void TerminalModes::follow_keyboard_stack() {
  const std::string_view value = std::string_view(parameters_).substr(1);
  std::vector<int>& pushed = pushed_[on_alternate_screen() ? 1 : 0];
  switch (parameters_.front()) {
    case '>':
      if (pushed.size() == most_pushes) {
        pushed.erase(pushed.begin());  // as terminals do
      }
      pushed.push_back(std::clamp(number(value, 0), 0, most_flags));
      break;
    case '<':
      pushed.resize(pushed.size() - std::min(pushed.size(), static_cast<std::size_t>(std::max(number(value, 1), 1))));
      break;
    default:
      keyboard_flags_ = std::clamp(number(value, 0), 0, most_flags);
  }
}

void TerminalModes::follow_title_stack() {
  constexpr int push = 22;
  constexpr int pop = 23;
  const int what = number(parameters_, 0);
  if (what == push) {
    titles_pushed_ = std::min(titles_pushed_ + 1, static_cast<unsigned>(most_pushes));
  } else if (what == pop && titles_pushed_ > 0) {
    --titles_pushed_;
  }
}

void TerminalModes::soft_reset() {
  for (const int mode : {1, 6, 7, 25, 66, 69}) {
    unusual_.erase(mode);
  }
  application_keypad_ = insert_mode_ = attributes_ = scroll_region_ = line_drawing_ = shifted_out_ = false;
}

bool TerminalModes::brackets_pastes() const { return unusual_.count(2004) != 0; }

bool TerminalModes::on_alternate_screen() const {
  return std::any_of(std::begin(alternate_screens), std::end(alternate_screens),
                     [this](int mode) { return unusual_.count(mode) != 0; });
}

// Both are sent whole, whatever was seen: terminals know more ways into a mode than are followed here (control
// characters of eight bits, numbers with a hundred zeros), and what is at stake is what the user believes to be
// answering. None of it changes a terminal at rest.

std::string TerminalModes::interrupting_sequence() {
  // CAN ends a sequence that was cut; ST ends a string where CAN does not; ESC < leaves the mode of a VT52.
  return "\x18\x1b\\\x1b<\x1b[?2026l";
}

std::string TerminalModes::neutral_sequence() {
  std::string text = "\x1b[0m\x1b(B\x0f\x1b[4l";
  for (const int mode : distorting) {
    text += fmt::format("\x1b[?{}l", mode);
  }
  return text + end_of_hyperlink;
}

std::string TerminalModes::program_sequence() const {
  std::string text;
  for (const int mode : distorting) {
    text += unusual_.count(mode) != 0 ? fmt::format("\x1b[?{}h", mode) : "";
  }
  return text + (insert_mode_ ? "\x1b[4h" : "");
}

std::string TerminalModes::repeat_sequence() const {
  std::string text;
  const auto push = [&text](const std::vector<int>& pushed) {
    for (const int flags : pushed) {
      text += fmt::format("\x1b[>{}u", flags);
    }
  };
  push(pushed_[0]);
  for (const int mode : unusual_) {
    if (contains(alternate_screens, mode)) {
      text += fmt::format("\x1b[?{}h", mode);
    }
  }
  push(on_alternate_screen() ? pushed_[1] : std::vector<int>{});
  for (const int mode : unusual_) {
    // What the program is in the middle of (a frame drawn at once) it will not end for a terminal that was not there.
    if (!contains(alternate_screens, mode) && mode != 2026) {
      text += fmt::format("\x1b[?{}{}", mode, contains(usually_on, mode) ? 'l' : 'h');
    }
  }
  text += keyboard_flags_ != 0 ? fmt::format("\x1b[={};1u", keyboard_flags_) : "";
  text += modify_other_keys_ != 0 ? fmt::format("\x1b[>4;{}m", modify_other_keys_) : "";
  text += application_keypad_ ? "\x1b=" : "";
  text += cursor_style_ != 0 ? fmt::format("\x1b[{} q", cursor_style_) : "";
  return text;
}

std::string TerminalModes::restore_sequence() const {
  std::string text;
  if (state_ != State::ground) {
    text += "\x18\x1b\\";  // CAN ends a sequence that was cut; ST ends a string where CAN does not
  }
  const auto pop = [&text](const std::vector<int>& pushed) {
    if (!pushed.empty()) {
      text += fmt::format("\x1b[<{}u", pushed.size());
    }
  };
  // Each screen has a stack of its own, so pop before the alternate one is left.
  pop(on_alternate_screen() ? pushed_[1] : std::vector<int>{});
  for (const int mode : usually_off) {
    if (unusual_.count(mode) != 0) {
      text += fmt::format("\x1b[?{}l", mode);
    }
  }
  pop(pushed_[0]);
  text += keyboard_flags_ != 0 ? "\x1b[=0u" : "";
  text += modify_other_keys_ != 0 ? "\x1b[>4;0m" : "";
  text += application_keypad_ ? "\x1b>" : "";
  text += insert_mode_ ? "\x1b[4l" : "";
  text += line_drawing_ ? "\x1b(B" : "";
  text += shifted_out_ ? "\x0f" : "";
  text += scroll_region_ ? "\x1b"
                           "7\x1b[r\x1b"
                           "8"
                         : "";  // ESC[r alone moves the cursor to the top
  text += cursor_style_ != 0 ? "\x1b[0 q" : "";
  text += attributes_ ? "\x1b[0m" : "";
  text += hyperlink_ ? end_of_hyperlink : "";
  for (unsigned i = 0; i < titles_pushed_; ++i) {
    text += "\x1b[23;0t";
  }
  for (const int mode : usually_on) {
    if (unusual_.count(mode) != 0) {
      text += fmt::format("\x1b[?{}h", mode);
    }
  }
  return text;
}

}  // namespace agentbox
