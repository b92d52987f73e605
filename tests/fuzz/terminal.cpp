// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// The guest's output as the relay follows it, and the user's keys as it looks for the way out. The same however the bytes
// are split; what restores a terminal leaves nothing to be restored; no key is lost but those of an escape.
#include "relay/escape.hpp"
#include "relay/terminal_modes.hpp"

#include "support/check.hpp"

using namespace agentbox;
using fuzz::check;

namespace {

std::string restored(std::string_view text, std::size_t piece) {
  TerminalModes modes;
  fuzz::in_pieces(text, piece, [&](std::string_view part) { modes.feed(part); });
  return modes.restore_sequence();
}

void check_modes(std::string_view text) {
  const std::string whole = restored(text, text.size() + 1);
  check(whole == restored(text, 1) && whole == restored(text, 5));
  check(whole.size() < 1000);
  TerminalModes modes;
  modes.feed(text);
  modes.feed(whole);
  check(modes.restore_sequence().empty());
}

struct Keys {
  std::string forwarded;
  std::string events;
  friend bool operator==(const Keys&, const Keys&) = default;
};

Keys scan(std::string_view text, std::size_t piece) {
  EscapeScanner scanner;
  Keys keys;
  fuzz::in_pieces(text, piece, [&](std::string_view part) {
    while (!part.empty()) {
      const auto result = scanner.scan(part);
      check(result.consumed > 0 && result.consumed <= part.size());
      check(result.consumed == part.size() || result.event != EscapeScanner::Event::none);
      keys.forwarded += result.forwarded;
      if (result.event != EscapeScanner::Event::none)
        keys.events += result.event == EscapeScanner::Event::end ? '.' : '?';
      part.remove_prefix(result.consumed);
    }
  });
  return keys;
}

void check_keys(std::string_view text) {
  const Keys whole = scan(text, text.size() + 1);
  check(whole.forwarded.size() <= text.size());
  if (text.find('~') == std::string_view::npos) check(whole.forwarded == text && whole.events.empty());
  // A report that is cut by the end of a read is not known as one; escape.cpp says why that does no harm.
  if (text.find('\x1b') == std::string_view::npos) check(whole == scan(text, 1) && whole == scan(text, 3));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  check_modes(text);
  check_keys(text);
  return 0;
}
