// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_expiry.hpp"

#include "support/catch.hpp"

namespace agentbox::template_expiry_test {

using std::chrono::hours;

namespace {

constexpr std::chrono::system_clock::time_point now{hours(1'000'000)};

TemplateUse used(hours ago, std::uint64_t bytes = 1, TemplateUse::Hold hold = TemplateUse::Hold::free) {
  return {.last_use = now - ago, .bytes = bytes, .hold = hold};
}

/// The reasons, "" for what stays.
std::vector<std::string> reasons(const std::vector<TemplateUse>& uses, const TemplateLimits& limits) {
  std::vector<std::string> all;
  for (const auto& reason : expire(uses, limits, now)) {
    all.push_back(reason.value_or(""));
  }
  return all;
}

using Reasons = std::vector<std::string>;
constexpr auto held = TemplateUse::Hold::held;

}  // namespace

TEST_CASE("what was not used for long expires") {
  const TemplateLimits limits{.unused_for = hours(48), .count = 10, .size = ByteSize(100)};
  CHECK(reasons({}, limits).empty());
  CHECK(reasons({used(hours(48)), used(hours(49)), used(hours(0)), used(hours(1000))}, limits) ==
        Reasons{"", "not used for 2 days", "", "not used for 41 days"});
  const TemplateLimits short_limit{.unused_for = hours(1), .count = 10, .size = ByteSize(100)};
  CHECK(reasons({used(hours(5))}, short_limit) == Reasons{"not used for 5 hours"});
}

TEST_CASE("of too many, or too much, the ones used last stay, in whatever order they come") {
  const TemplateLimits two{.unused_for = hours(1000), .count = 2, .size = ByteSize(100)};
  CHECK(reasons({used(hours(3)), used(hours(1)), used(hours(2))}, two) == Reasons{"there are more than 2", "", ""});
  const TemplateLimits small{.unused_for = hours(1000), .count = 10, .size = ByteSize(100)};
  CHECK(reasons({used(hours(1), 60), used(hours(2), 60), used(hours(3), 40)}, small) ==
        Reasons{"", "all of them take more than 100 B", ""});
  const TemplateLimits none{.unused_for = hours(1000), .count = 0, .size = ByteSize(100)};
  CHECK(reasons({used(hours(1))}, none) == Reasons{"there are more than 0"});
}

TEST_CASE("what is in use stays and counts, however old and large it is") {
  const TemplateLimits limits{.unused_for = hours(48), .count = 2, .size = ByteSize(100)};
  CHECK(reasons({used(hours(1), 10), used(hours(500), 95, held), used(hours(500), 500, held)}, limits) ==
        Reasons{"there are more than 2", "", ""});
}

TEST_CASE("a clock that was put back expires nothing") {
  const TemplateLimits limits{.unused_for = hours(48), .count = 2, .size = ByteSize(100)};
  CHECK(reasons({used(hours(-500))}, limits) == Reasons{""});
}

}  // namespace agentbox::template_expiry_test
