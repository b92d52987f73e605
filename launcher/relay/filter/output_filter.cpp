// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/filter/output_filter.hpp"

#include "core/utf8.hpp"
#include "relay/control_characters.hpp"
#include "relay/filter/csi_rules.hpp"
#include "relay/filter/osc_rules.hpp"

#include <array>
#include <utility>

// The states are those of Paul Williams' parser for DEC's terminals (vt100.net/emu/dec_ansi_parser), which today's
// follow.

namespace agentbox {
namespace {

constexpr std::size_t longest_csi = 256;
constexpr int most_titles_pushed = 8;  // xterm's stack has ten

bool is_ascii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }
bool is_control(char byte) { return static_cast<unsigned char>(byte) < 0x20; }
bool is_intermediate(char byte) { return byte >= ' ' && byte <= '/'; }

/// Bell, backspace, tab, line feed, VT, FF, return, SO, SI.
bool is_shown_control(char byte) { return byte >= '\a' && byte <= '\x0f'; }

/// Bytes that are passed on as they are in ground: printable ASCII and is_shown_control().
constexpr std::array<bool, 256> plain_bytes = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = ' '; byte < 0x7f; ++byte) plain[byte] = true;
  for (std::size_t byte = '\a'; byte <= 0x0f; ++byte) plain[byte] = true;
  return plain;
}();

std::size_t plain_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && plain_bytes[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

/// How much of text is whole characters that are passed on as they are.
std::size_t shown_length(std::string_view text, Encoding encoding) {
  std::size_t at = plain_length(text);
  while (encoding == Encoding::utf8 && at < text.size() && !is_ascii(text[at])) {
    const Utf8Character character = first_utf8_character(text.substr(at));
    if (!character.code || is_control_character(*character.code)) break;
    at += character.length;
    at += plain_length(text.substr(at));
  }
  return at;
}

/// DECSC DECRC IND NEL HTS RI RIS, and for who reads keys, DECKPAM DECKPNM.
bool is_shown_escape(char final, OutputUse use) {
  constexpr std::string_view of_output = "78DEHMc";
  constexpr std::string_view of_keys = "=>";
  return of_output.find(final) != std::string_view::npos ||
         (use == OutputUse::interactive && of_keys.find(final) != std::string_view::npos);
}

/// G0 and G1 as ASCII, British, or line drawing.
bool is_shown_character_set(char which, char set) {
  return (which == '(' || which == ')') && (set == 'B' || set == 'A' || set == '0');
}

}  // namespace

OutputFilter::OutputFilter(const TerminalRules& rules, OutputUse use, Encoding encoding)
    : rules_(rules), use_(use), encoding_(encoding), longest_osc_(longest_osc(rules)) {}

std::string_view OutputFilter::filter(std::string_view output) {
  shown_.clear();
  while (!output.empty()) {
    if (state_ == State::ground && character_.empty()) {  // nearly all of it
      const std::size_t length = shown_length(output, encoding_);
      shown_ += output.substr(0, length);
      output.remove_prefix(length);
      if (output.empty()) break;
    }
    take(output.front());
    output.remove_prefix(1);
  }
  return shown_;
}

unsigned OutputFilter::take_questions() { return std::exchange(questions_, 0); }

void OutputFilter::begin(State state) {
  state_ = state;
  kept_.clear();
  length_ = 0;
}

void OutputFilter::take(char byte) {
  switch (state_) {
    case State::ground:
      return take_in_ground(byte);
    case State::osc:
    case State::dropped_string:
      return take_in_string(byte);
    case State::osc_escape:
    case State::dropped_escape:
      return take_behind_string_escape(byte);
    default:
      break;
  }
  // In the midst of a sequence a control character takes effect at once, and what is no part of any ends it.
  if (is_control(byte)) return take_control(byte);
  if (byte == control::del) return;
  if (!is_ascii(byte)) {
    begin(State::ground);
    return take_in_ground(byte);
  }
  switch (state_) {
    case State::escape:
      return take_in_escape(byte);
    case State::intermediate:
      return take_in_intermediate(byte);
    default:
      return take_in_csi(byte);
  }
}

void OutputFilter::take_control(char byte) {
  if (byte == control::escape) {
    begin(State::escape);
  } else if (byte == control::cancel || byte == control::substitute) {
    begin(State::ground);
  } else if (is_shown_control(byte)) {
    shown_ += byte;
  }
}

void OutputFilter::take_in_ground(char byte) {
  if (!character_.empty() || !is_ascii(byte)) return take_in_character(byte);
  if (is_control(byte)) return take_control(byte);
  if (byte != control::del) shown_ += byte;
}

/// One that is not ASCII, or not well-formed.
void OutputFilter::take_in_character(char byte) {
  character_ += byte;
  if (is_cut_utf8_character(character_)) return;
  const std::string character = std::exchange(character_, {});
  const auto code = first_utf8_character(character).code;
  if (code && first_utf8_character(character).length == character.size()) {
    if (encoding_ == Encoding::ascii) {
      show_replacement();
    } else if (!is_control_character(*code)) {
      shown_ += character;
    }
    return;
  }
  show_replacement();
  if (character.size() > 1) take(byte);  // what cut the character short begins something new
}

void OutputFilter::show_replacement() { shown_ += encoding_ == Encoding::ascii ? "?" : "\xef\xbf\xbd"; }

void OutputFilter::take_in_escape(char byte) {
  constexpr std::string_view dropped_strings = "PX^_k";  // DCS SOS PM APC, and screen's title
  if (byte == '[') {
    begin(State::csi);
  } else if (byte == ']') {
    begin(State::osc);
  } else if (dropped_strings.find(byte) != std::string_view::npos) {
    begin(State::dropped_string);
  } else if (is_intermediate(byte)) {
    begin(State::intermediate);
    kept_ = byte;
  } else {
    begin(State::ground);
    if (is_shown_escape(byte, use_)) shown_ += {control::escape, byte};
  }
}

void OutputFilter::take_in_intermediate(char byte) {
  if (is_intermediate(byte)) {
    kept_ = ' ';  // none of ours has two
    return;
  }
  if (is_shown_character_set(kept_.front(), byte)) shown_ += {control::escape, kept_.front(), byte};
  begin(State::ground);
}

void OutputFilter::take_in_csi(char byte) {
  const bool last = byte >= '@';
  if (state_ == State::csi && kept_.size() < longest_csi) {
    kept_ += byte;
    if (last) end_csi();
  } else {
    state_ = State::csi_too_long;
  }
  if (last) begin(State::ground);
}

void OutputFilter::end_csi() {
  const SequenceVerdict verdict = judge_csi(kept_, rules_, use_);
  if (verdict.shown == push_title) {
    if (titles_pushed_ == most_titles_pushed) return;
    ++titles_pushed_;
  } else if (verdict.shown == pop_title) {
    if (titles_pushed_ == 0) return;
    --titles_pushed_;
  }
  show(verdict);
}

void OutputFilter::take_in_string(char byte) {
  const bool osc = state_ == State::osc;
  if (byte == control::escape) {
    state_ = osc ? State::osc_escape : State::dropped_escape;
  } else if (byte == control::cancel || byte == control::substitute || ++length_ > longest_string) {
    begin(State::ground);
  } else if (osc && byte == control::bell) {
    end_osc("\a");
  } else if (osc && !is_control(byte) && byte != control::del && kept_.size() <= longest_osc_) {
    kept_ += byte;
  }
}

/// `ESC \` ends a string; with another sequence it was never terminated.
void OutputFilter::take_behind_string_escape(char byte) {
  if (byte == '\\') {
    if (state_ == State::osc_escape) return end_osc("\x1b\\");
    return begin(State::ground);
  }
  begin(State::escape);
  take(byte);
}

void OutputFilter::end_osc(std::string_view terminator) {
  const std::string content = std::exchange(kept_, {});
  begin(State::ground);
  if (content.size() > longest_osc_) return;
  const SequenceVerdict verdict = judge_osc(content, terminator, rules_, use_);
  if (!verdict.shown.empty() && is_title(content) && !std::exchange(title_saved_, true)) shown_ += push_title;
  show(verdict);
}

void OutputFilter::show(const SequenceVerdict& verdict) {
  shown_ += verdict.shown;
  if (verdict.answer == SequenceVerdict::Answer::expected) ++questions_;
}

}  // namespace agentbox
