// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "core/utf8.hpp"

namespace agentbox {

namespace {

/// Neither control characters nor what reorders or splits the line that a user reads.
bool may_be_shown(char32_t c) {
  const bool separator = c == 0x2028U || c == 0x2029U;
  return !is_control_character(c) && !is_bidirectional_mark(c) && !separator;
}

std::string escape_bytes(std::string_view bytes) {
  std::string escaped;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    escaped += "\\x" + to_hex(std::span(&byte, 1));
  }
  return escaped;
}

}  // namespace

std::string escape_untrusted(std::string_view text, std::size_t max_bytes) {
  std::string shown;
  while (!text.empty()) {
    const Utf8Character next = first_utf8_character(text);
    const std::string_view raw = text.substr(0, next.length);
    const std::string piece = next.code && may_be_shown(*next.code) ? std::string(raw) : escape_bytes(raw);
    // A character or an escape is written whole or not at all: half of either would be what we are here to prevent.
    if (shown.size() + piece.size() > max_bytes) {
      return shown + "...";
    }
    shown += piece;
    text.remove_prefix(raw.size());
  }
  return shown;
}

}  // namespace agentbox
