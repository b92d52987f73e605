// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <random>

namespace agentbox::robustness_test {

namespace {

enum class Outcome { loaded, refused };

using Parse = void (*)(std::string_view text);

/// The only two ways it may end. Any other exception leaves the test, and a crash the sanitizer build.
Outcome outcome_of(Parse parse, std::string_view text) {
  try {
    parse(text);
    return Outcome::loaded;
  } catch (const Error& error) {
    INFO(text);
    INFO(error.what());
    REQUIRE(error.kind() == ErrorKind::config);
    REQUIRE(std::string(error.what()).starts_with("x.yaml:"));
    return Outcome::refused;
  }
}

struct Subject {
  std::string folder;
  Parse parse;
};

const Subject subjects[] = {
    {"agents", [](std::string_view text) { static_cast<void>(parse_agent_profile(text, "x.yaml")); }},
    {"policies", [](std::string_view text) { static_cast<void>(parse_policy(text, "x.yaml")); }},
    {"agents/providers", [](std::string_view text) { static_cast<void>(parse_provider(text, "x.yaml")); }},
    {"agents/git-hosts", [](std::string_view text) { static_cast<void>(parse_git_host(text, "x.yaml")); }},
    {"base-images", [](std::string_view text) { static_cast<void>(parse_base_image(text, "x.yaml")); }},
};

std::string example_text(const Subject& subject) {
  return read_definition(std::filesystem::path(AGENTBOX_SOURCE_DIR) / subject.folder / "examples" / "EXAMPLE.yaml");
}

}  // namespace

TEST_CASE("a definition cut at any byte is loaded or refused with its place") {
  for (const Subject& subject : subjects) {
    const std::string text = example_text(subject);
    int loaded = 0;
    for (std::size_t length = 0; length <= text.size(); ++length)
      loaded += outcome_of(subject.parse, std::string_view(text).substr(0, length)) == Outcome::loaded ? 1 : 0;
    INFO(subject.folder);
    CHECK(loaded > 0);                              // the whole file
    CHECK(loaded < static_cast<int>(text.size()));  // not the empty one
  }
}

TEST_CASE("a definition with damaged bytes is loaded or refused with its place") {
  // A fixed seed: the same damage in every run. Characters that mean something to YAML are the likeliest damage.
  std::mt19937 random(20260101);
  const std::string signs = "{}[],:?-#&*!|>'\"%@`\n\t \\~<=0\x00\xff\xc3";
  for (const Subject& subject : subjects) {
    const std::string text = example_text(subject);
    for (int round = 0; round < 1500; ++round) {
      std::string damaged = text;
      for (unsigned count = 1 + random() % 4; count > 0; --count) {
        const std::size_t at = random() % damaged.size();
        if (random() % 3 == 0)
          damaged.erase(at, 1 + random() % 20);
        else if (random() % 2 == 0)
          damaged[at] = signs[random() % signs.size()];
        else
          damaged.insert(at, 1 + random() % 3, signs[random() % signs.size()]);
      }
      outcome_of(subject.parse, damaged);
    }
  }
  SUCCEED("nothing but definitions and errors came out");
}

}  // namespace agentbox::robustness_test
