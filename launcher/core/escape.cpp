// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

#include <array>
#include <cstdint>

namespace agentbox {

namespace {

constexpr bool is_continuation(unsigned char byte) { return (byte & 0xC0U) == 0x80U; }

struct CodePoint {
  std::uint32_t value;
  std::size_t length;  ///< bytes; 0 when the text does not begin with well-formed UTF-8
};

/// RFC 3629, strictly: no overlong forms, no surrogates, nothing above U+10FFFF. text is not empty.
CodePoint decode_utf8(std::string_view text) {
  constexpr CodePoint malformed{0, 0};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80U) {
    return {lead, 1};
  }
  const std::size_t length = (lead & 0xE0U) == 0xC0U   ? 2
                             : (lead & 0xF0U) == 0xE0U ? 3
                             : (lead & 0xF8U) == 0xF0U ? 4
                                                       : 0;
  if (length == 0 || text.size() < length) {
    return malformed;
  }
  std::uint32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(byte(i))) {
      return malformed;
    }
    value = value << 6U | (byte(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800U && value <= 0xDFFFU;
  if (value < smallest[length] || surrogate || value > 0x10FFFFU) {
    return malformed;
  }
  return {value, length};
}

/// Control characters, and the marks that reorder or split the line that a user reads (bidirectional controls, line
/// and paragraph separators): "gpj.exe" must not be shown as "exe.jpg".
bool may_be_shown(std::uint32_t c) {
  const bool control = c < 0x20U || (c >= 0x7FU && c <= 0x9FU);
  const bool bidirectional =
      c == 0x061CU || c == 0x200EU || c == 0x200FU || (c >= 0x202AU && c <= 0x202EU) || (c >= 0x2066U && c <= 0x2069U);
  const bool separator = c == 0x2028U || c == 0x2029U;
  return !control && !bidirectional && !separator;
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
    const CodePoint next = decode_utf8(text);
    const std::string_view raw = text.substr(0, next.length == 0 ? 1 : next.length);
    const std::string piece = next.length != 0 && may_be_shown(next.value) ? std::string(raw) : escape_bytes(raw);
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
