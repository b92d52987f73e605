// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/secret_shape.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace agentbox {
namespace {

constexpr auto beginnings =
    std::to_array<std::string_view>({"sk-", "ghp_", "gho_", "ghs_", "ghr_", "ghu_", "github_pat_", "glpat-", "xoxb-",
                                     "xoxp-", "xoxa-", "AKIA", "ASIA", "AIza", "ya29.", "npm_", "pypi-", "hf_", "gsk_", "sk_live_", "eyJ"});
// What follows the beginning. Examples in documentation are shorter ("sk-ant-...").
constexpr std::size_t shortest_rest = 16;

bool is_token_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

bool begins_at(std::string_view text, std::size_t at, std::string_view beginning) {
  if (at > 0 && is_token_character(text[at - 1])) {
    return false;  // in the middle of a word: "task-..."
  }
  const std::string_view rest = text.substr(at + beginning.size());
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_token_character);
  // A word with dashes has no digits; a token of that length without any is hardly ever made.
  return static_cast<std::size_t>(end - rest.begin()) >= shortest_rest &&
         std::any_of(rest.begin(), end, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

}  // namespace

bool holds_secret_shape(std::string_view text) {
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) {
    return true;
  }
  return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view beginning) {
    for (auto at = text.find(beginning); at != std::string_view::npos; at = text.find(beginning, at + 1)) {
      if (begins_at(text, at, beginning)) {
        return true;
      }
    }
    return false;
  });
}

bool names_secret(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  constexpr auto words = std::to_array<std::string_view>(
      {"apikey", "token", "secret", "password", "passwd", "credential", "privatekey", "authorization"});
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

}  // namespace agentbox
