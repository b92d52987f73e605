// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/paste_keys.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace agentbox {
namespace {

constexpr std::string_view paste_begins = "\x1b[200~";
constexpr std::string_view paste_ends = "\x1b[201~";
constexpr char control_v = 0x16;
constexpr std::string_view letter_v = "118";

/// Longer than any key's report.
constexpr std::size_t longest_key = 64;

/// Ctrl, and none of the others; the locks do not count (kitty keyboard protocol: the bits plus one).
bool is_control_alone(const std::string& modifiers) {
  constexpr unsigned long control = 4;
  constexpr unsigned long locks = 64 + 128;
  const unsigned long bits = std::strtoul(modifiers.c_str(), nullptr, 10);
  return bits > 0 && ((bits - 1) & ~locks) == control;
}

/// A whole CSI sequence, without ESC and `[`.
bool is_control_v(std::string_view sequence) {
  const auto fields = split(sequence.substr(0, sequence.size() - 1), ';');
  if (sequence.back() == '~') {
    return fields.size() == 3 && fields[0] == "27" && is_control_alone(fields[1]) && fields[2] == letter_v;
  }
  if (sequence.back() != 'u' || fields.size() < 2) {
    return false;
  }
  // KEY:SHIFTED:ON-THE-BASE-LAYOUT ; MODIFIERS:EVENT, where event 1, as none, is a key that goes down.
  const auto keys = split(fields[0], ':');
  const auto event = split(fields[1], ':');
  return std::find(keys.begin(), keys.end(), letter_v) != keys.end() && is_control_alone(event[0]) &&
         (event.size() == 1 || event[1] == "1");
}

/// The length of the end of text that may be the beginning of what.
std::size_t begun_at_end(std::string_view text, std::string_view what) {
  std::size_t length = std::min(text.size(), what.size() - 1);
  while (length > 0 && !what.starts_with(text.substr(text.size() - length))) {
    --length;
  }
  return length;
}

class Parts {
 public:
  void add(std::string_view text) { open_ += text; }
  void add_key(std::string_view text) {
    close();
    parts_.push_back({std::string(text), PasteKeyScanner::Part::Kind::paste_key});
  }
  std::vector<PasteKeyScanner::Part> take() {
    close();
    return std::move(parts_);
  }

 private:
  void close() {
    if (!open_.empty()) {
      parts_.push_back({std::exchange(open_, {})});
    }
  }

  std::string open_;
  std::vector<PasteKeyScanner::Part> parts_;
};

/// What stands at the beginning of text, which is an ESC: the length of a whole CSI sequence; 0: there is none; no more than its
/// beginning.
struct Sequence {
  std::size_t length = 0;
  bool unfinished = false;
};
Sequence sequence_at(std::string_view text) {
  constexpr std::size_t shortest_beginning = 3;
  if (!text.starts_with("\x1b[")) {
    return {};
  }
  const std::size_t end = text.find_first_not_of("0123456789:;", 2);
  if (end == std::string_view::npos) {
    return {.unfinished = text.size() >= shortest_beginning && text.size() < longest_key};
  }
  return {.length = text[end] >= '@' && text[end] <= '~' ? end + 1 : 0};
}

}  // namespace

std::vector<PasteKeyScanner::Part> PasteKeyScanner::scan(std::string_view typed) {
  const std::string all = std::exchange(held_, {}) + std::string(typed);
  std::string_view rest = all;
  Parts parts;
  const auto take = [&](std::size_t length) {
    const std::string_view taken = rest.substr(0, length);
    rest.remove_prefix(taken.size());
    return taken;
  };
  while (!rest.empty()) {
    if (in_paste_) {
      const auto end = rest.find(paste_ends);
      in_paste_ = end == std::string_view::npos;
      if (in_paste_) {
        parts.add(take(rest.size() - begun_at_end(rest, paste_ends)));
        break;
      }
      parts.add(take(end + paste_ends.size()));
      continue;
    }
    if (rest.front() == control_v) {
      parts.add_key(take(1));
      continue;
    }
    if (rest.front() != '\x1b') {
      parts.add(take(std::min(rest.find_first_of("\x16\x1b"), rest.size())));
      continue;
    }
    const Sequence sequence = sequence_at(rest);
    if (sequence.unfinished) {
      break;
    }
    if (rest.starts_with(paste_begins)) {
      const std::string_view content = rest.substr(paste_begins.size());
      if (content.starts_with(paste_ends)) {
        parts.add_key(take(paste_begins.size() + paste_ends.size()));
      } else if (paste_ends.starts_with(content)) {
        break;  // the end, or the content, is still to come
      } else {
        in_paste_ = true;
        parts.add(take(paste_begins.size()));
      }
      continue;
    }
    if (sequence.length > 2 && is_control_v(rest.substr(2, sequence.length - 2))) {
      parts.add_key(take(sequence.length));
    } else {
      parts.add(take(std::max(sequence.length, std::size_t{1})));
    }
  }
  held_ = rest;
  return parts.take();
}

}  // namespace agentbox
