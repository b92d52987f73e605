// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/markup.hpp"

#include "core/utf8.hpp"

namespace agentbox {
namespace {

constexpr const char* replacement = "\xef\xbf\xbd";

bool is_character_of_xml(char32_t c) {
  if (c == U'\n' || c == U'\t') {
    return true;
  }
  const bool surrogate = c >= 0xd800U && c <= 0xdfffU;
  return !is_control_character(c) && !surrogate && c != 0xfffeU && c != 0xffffU;
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const Utf8Character next = first_utf8_character(text);
    const std::string_view raw = text.substr(0, next.length);
    if (!next.code || !is_character_of_xml(*next.code)) {
      escaped += replacement;
    } else if (raw == "&") {
      escaped += "&amp;";
    } else if (raw == "<") {
      escaped += "&lt;";
    } else if (raw == ">") {
      escaped += "&gt;";
    } else if (raw == "\"") {
      escaped += "&quot;";
    } else if (raw == "'") {
      escaped += "&#39;";
    } else {
      escaped += raw;
    }
    text.remove_prefix(raw.size());
  }
  return escaped;
}

}  // namespace agentbox
