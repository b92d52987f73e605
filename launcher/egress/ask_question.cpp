// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/ask_question.hpp"

#include <array>
#include <utility>

namespace agentbox {
namespace {

constexpr std::array<std::pair<AskAnswer, std::string_view>, 4> answer_words{{{AskAnswer::once, "once"},
                                                                              {AskAnswer::session, "session"},
                                                                              {AskAnswer::always, "always"},
                                                                              {AskAnswer::deny, "deny"}}};

}  // namespace

std::string_view to_string(AskAnswer answer) {
  for (const auto& [value, word] : answer_words) {
    if (value == answer) {
      return word;
    }
  }
  return "none";
}

std::optional<AskAnswer> parse_ask_answer(std::string_view text) {
  for (const auto& [value, word] : answer_words) {
    if (word == text) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace agentbox
