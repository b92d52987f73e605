// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/answer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace agentbox {

std::optional<ReviewAnswer> review_answer(std::string_view line) {
  constexpr std::array words{std::pair("look", ReviewAnswer::look), std::pair("diff", ReviewAnswer::look), std::pair("apply", ReviewAnswer::apply),
                             std::pair("keep", ReviewAnswer::keep), std::pair("discard", ReviewAnswer::discard)};
  std::string typed;
  for (const char character : line) {
    if (std::isspace(static_cast<unsigned char>(character)) == 0) {
      typed += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    }
  }
  const auto word = std::find_if(words.begin(), words.end(), [&](const auto& one) {
    return typed == one.first || (typed.size() == 1 && one.first != std::string_view("diff") && typed[0] == one.first[0]);
  });
  return word == words.end() ? std::nullopt : std::optional(word->second);
}

}  // namespace agentbox
