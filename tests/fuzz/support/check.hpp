// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace agentbox::fuzz {

/// An invariant of the parser under test: libFuzzer reports the input by which it does not hold, and the stack.
inline void check(bool holds, int line = __builtin_LINE()) {
  if (!holds) {
    std::fprintf(stderr, "the invariant in line %d does not hold\n", line);
    std::abort();
  }
}

inline std::string_view text_of(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The text in pieces of that many bytes, the last one shorter.
template <class Take>
void in_pieces(std::string_view text, std::size_t piece, Take take) {
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) take(text.substr(0, piece));
}

/// For parsers whose refusal is an Error. Anything else that is thrown is a finding.
template <class Parse>
void parses_or_throws(Parse parse) {
  try {
    static_cast<void>(parse());
  } catch (const Error&) {
  }
}

/// Cuts a text at the first NUL; what is behind it is the second half.
inline std::pair<std::string_view, std::string_view> cut_at_nul(std::string_view text) {
  const auto at = std::min(text.find('\0'), text.size());
  return {text.substr(0, at), text.substr(std::min(at + 1, text.size()))};
}

}  // namespace agentbox::fuzz
