// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/filter/encoding.hpp"

#include "sys/terminal.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>

namespace agentbox {
namespace {

/// "de_DE.UTF-8@euro" -> "utf8"; empty: it names none.
std::string codeset_of(std::string_view locale) {
  const std::size_t dot = locale.find('.');
  if (dot == std::string_view::npos) return {};
  std::string codeset;
  for (const char c : locale.substr(dot + 1, locale.find('@') - dot - 1)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      codeset += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return codeset;
}

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

/// The first that is set decides (setlocale(3)).
std::string_view locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (const std::string_view value = variable(name); !value.empty()) return value;
  }
  return {};
}

}  // namespace

Encoding encoding_of_locale(std::string_view locale) {
  const std::string codeset = codeset_of(locale);
  return codeset.empty() || codeset == "utf8" ? Encoding::utf8 : Encoding::ascii;
}

Encoding encoding_of_terminal(int fd) { return is_utf8_terminal(fd) ? Encoding::utf8 : encoding_of_locale(locale()); }

}  // namespace agentbox
