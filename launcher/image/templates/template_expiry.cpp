// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_expiry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace agentbox {
namespace {

using Age = std::chrono::system_clock::duration;

std::string in_words(Age age) {
  const auto hours = std::chrono::floor<std::chrono::hours>(age).count();
  constexpr int hours_a_day = 24;
  return hours < 2 * hours_a_day ? fmt::format("{} hours", hours) : fmt::format("{} days", hours / hours_a_day);
}

}  // namespace

std::vector<std::optional<std::string>> expire(const std::vector<TemplateUse>& uses, const TemplateLimits& limits,
                                               std::chrono::system_clock::time_point now) {
  std::vector<std::size_t> order(uses.size());
  std::iota(order.begin(), order.end(), 0U);
  // What stays in any case is counted first; of the others, those used last stay.
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const bool a_held = uses[a].hold == TemplateUse::Hold::held;
    const bool b_held = uses[b].hold == TemplateUse::Hold::held;
    return a_held != b_held ? a_held : uses[a].last_use > uses[b].last_use;
  });
  std::vector<std::optional<std::string>> reasons(uses.size());
  int count = 0;
  std::uint64_t bytes = 0;
  for (const std::size_t i : order) {
    const TemplateUse& use = uses[i];
    if (use.hold == TemplateUse::Hold::free) {
      if (now - use.last_use > limits.unused_for) {
        reasons[i] = "not used for " + in_words(now - use.last_use);
      } else if (count >= limits.count) {
        reasons[i] = fmt::format("there are more than {}", limits.count);
      } else if (bytes + use.bytes > limits.size.bytes()) {
        reasons[i] = "all of them take more than " + limits.size.to_string();
      }
    }
    if (!reasons[i]) {
      ++count;
      bytes += use.bytes;
    }
  }
  return reasons;
}

}  // namespace agentbox
