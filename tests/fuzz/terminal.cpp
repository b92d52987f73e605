// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// The guest's output as the relay filters and follows it, and the user's keys as it looks for the way out. The same however the
// bytes are split; what passes the filter is harmless to a reader of its own, whole, and passes again; what restores a terminal
// leaves nothing to be restored; no key is lost but those of an escape.
#include "relay/escape.hpp"
#include "relay/filter/output_filter.hpp"
#include "relay/pending_replies.hpp"
#include "relay/terminal_modes.hpp"

#include "../support/terminal_tokens.hpp"
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

std::string filtered(std::string_view text, std::size_t piece, const TerminalRules& rules, OutputUse use) {
  OutputFilter filter(rules, use, Encoding::utf8);
  TerminalModes modes;
  std::string shown;
  fuzz::in_pieces(text, piece, [&](std::string_view part) {
    const std::string_view some = filter.filter(part);
    modes.feed(some);
    check(modes.at_rest());
    shown += some;
  });
  return shown;
}

void check_filter(std::string_view text) {
  constexpr TerminalRules everything{.titles = TerminalRules::Titles::show,
                                     .hyperlinks = TerminalRules::Hyperlinks::show,
                                     .clipboard = TerminalRules::Clipboard::write,
                                     .notifications = TerminalRules::Notifications::full};
  for (const auto use : {OutputUse::interactive, OutputUse::print_only, OutputUse::replay}) {
    const std::string whole = filtered(text, text.size() + 1, everything, use);
    check(test::first_harmful(whole).empty());
    check(whole == filtered(text, 1, everything, use) && whole == filtered(text, 7, everything, use));
    // Each byte that is no UTF-8 becomes three; the user's title is pushed once; modes may be joined, but not multiply.
    check(whole.size() <= 3 * text.size() + 8);
  }
  PendingReplies replies;
  replies.note_questions(5);
  replies.feed(text);
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
  check_filter(text);
  check_keys(text);
  return 0;
}
