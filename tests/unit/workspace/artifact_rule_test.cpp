// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/artifacts/artifact_rule.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::artifact_rule_test {

using Catch::Matchers::Contains;

namespace {

ArtifactPattern pattern(const std::string& text, const std::filesystem::path& project = "/p") {
  return {ArtifactRule{.pattern = text, .directory = "out"}, project};
}

}  // namespace

TEST_CASE("a rule for artifacts is a pattern and a directory, the last colon between them") {
  CHECK(parse_artifact_rule("reports/*.xml:out").pattern == "reports/*.xml");
  CHECK(parse_artifact_rule("reports/*.xml:out").directory == "out");
  CHECK(parse_artifact_rule("a:b:c").pattern == "a:b");
  for (const char* wrong : {"", ":", "x", "x:", ":x", "!x:y"}) {
    INFO(wrong);
    CHECK_THROWS_AS(parse_artifact_rule(wrong), Error);
  }
}

TEST_CASE("a relative pattern counts from the project, an absolute one from where its wildcards begin") {
  CHECK(pattern("reports/*.xml").root() == "/p");
  CHECK(pattern("reports/*.xml").matches("reports/a.xml"));
  CHECK_FALSE(pattern("reports/*.xml").matches("x/reports/a.xml"));
  CHECK_FALSE(pattern("reports/*.xml").matches("reports/x/a.xml"));
  CHECK(pattern("reports/**/*.xml").matches("reports/a.xml"));
  CHECK(pattern("reports/**/*.xml").matches("reports/x/y/a.xml"));
  CHECK(pattern("*.xml").matches("x/y/a.xml"));
  CHECK(pattern("reports").matches("reports/x/y"));
  CHECK(pattern("reports/").matches("reports/x/y"));
  CHECK(pattern("/tmp/out/*.log").root() == "/tmp/out");
  CHECK(pattern("/tmp/out/*.log").matches("a.log"));
  CHECK_FALSE(pattern("/tmp/out/*.log").matches("x/a.log"));
  CHECK(pattern("/tmp/out/**").root() == "/tmp/out");
  CHECK(pattern("/tmp/out/**").matches("a/b.log"));
  CHECK(pattern("**").matches("a/b.log"));
  CHECK(pattern("/tmp/out/a.log", "").root() == "/tmp/out");
  CHECK(pattern("/tmp/out/a.log", "").matches("a.log"));
  CHECK_THROWS_AS(pattern("*.log", ""), Error);
  CHECK_THROWS_AS(pattern("/*.log"), Error);
  CHECK_THROWS_AS(pattern("/**/x.log"), Error);
  CHECK_THROWS_AS(pattern("../x"), Error);
}

TEST_CASE("what is run in the VM is quoted, and matches no less than the pattern") {
  CHECK_THAT(pattern("it's/*.xml").guest_command(), Contains(R"(-ipath './it'\''s/*.xml')"));
  CHECK_THAT(pattern("a/**/b").guest_command(), Contains("-ipath './a*b'"));
  CHECK_THAT(pattern("**/b").guest_command(), Contains("-ipath '.*b'"));
  CHECK_THAT(pattern("a/**").guest_command(), Contains("-ipath './a/*'"));
  CHECK_THAT(pattern("*.xml").guest_command(), Contains("-ipath '*/*.xml'"));
  CHECK_THAT(pattern("x").guest_command(), Contains("-ipath '*/x' -o -ipath '*/x/*'"));
  CHECK_THAT(pattern("/tmp/o ut/*.log").guest_command(), Contains("cd '/tmp/o ut'"));
}

}  // namespace agentbox::artifact_rule_test
