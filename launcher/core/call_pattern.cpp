// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/call_pattern.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {
namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_path_character(char c) {
  return is_letter_or_digit(c) || std::string_view("-._~!$&'()+,=:@").find(c) != std::string_view::npos;
}

/// What "*" stands for in a path. No ":", which separates a name from a verb, and of course no "/".
bool is_name_character(char c) {
  return is_letter_or_digit(c) || std::string_view("-._~@").find(c) != std::string_view::npos;
}

bool is_plain_component(std::string_view component) {
  return !component.empty() && component != "." && component != ".." &&
         std::all_of(component.begin(), component.end(), is_path_character);
}

template <class Accepts>
bool matches_from(std::string_view pattern, std::string_view text, std::size_t least, Accepts accepts) {
  // Greedy with one point of return, which is enough when "*" is the only special character and its class does not
  // change.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      for (std::size_t i = 0; i < least; ++i, ++t) {
        if (t >= text.size() || !accepts(text[t])) return false;
      }
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos && accepts(text[resume])) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return p == pattern.size() || (least == 0 && pattern.find_first_not_of('*', p) == std::string_view::npos);
}

}  // namespace

bool is_plain_path(std::string_view path) {
  if (path.size() < 2 || path.front() != '/') return false;
  const auto components = split(path.substr(1), '/');
  return std::all_of(components.begin(), components.end(), is_plain_component);
}

CallPattern CallPattern::parse(const std::string& text) {
  const auto space = text.find(' ');
  const std::string method = text.substr(0, space);
  const std::string path = space == std::string::npos ? "" : text.substr(space + 1);
  const auto refuse = [&](std::string_view what, std::string hint) {
    return Error(ErrorKind::usage, fmt::format("\"{}\" {}", escape_untrusted(text, 120), what), std::move(hint));
  };
  if (method.empty() || !std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    throw refuse("does not begin with a method in capital letters", "as in: POST /v1/messages");
  std::string sample = path;
  std::replace(sample.begin(), sample.end(), '*', 'x');
  if (!is_plain_path(sample) || path.find("**") != std::string::npos)
    throw refuse("holds no plain absolute path",
                 "no query, no %, no empty component, no \".\" or \"..\"; * stands for a name");
  return {.method = method, .path = path};
}

bool CallPattern::matches(std::string_view request_method, std::string_view request_path) const {
  return request_method == method && matches_from(path, request_path, 1, is_name_character);
}

bool matches_wildcard(std::string_view pattern, std::string_view text) {
  return matches_from(pattern, text, 0, [](char) { return true; });
}

}  // namespace agentbox
