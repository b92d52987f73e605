// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace agentbox::ci_files_test {

using Catch::Matchers::Contains;

namespace {

const std::filesystem::path source = AGENTBOX_SOURCE_DIR;

YAML::Node load(const std::string& file) { return YAML::LoadFile((source / file).string()); }

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(source / file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the GitHub action is a composite one whose inputs are all used, by way of the environment") {
  const YAML::Node action = load(".github/actions/agentbox/action.yml");
  CHECK(action["runs"]["using"].as<std::string>() == "composite");
  const std::string text = text_of(".github/actions/agentbox/action.yml");
  for (const auto& input : action["inputs"]) {
    INFO(input.first.as<std::string>());
    CHECK_THAT(text, Contains("inputs." + input.first.as<std::string>()));
  }
  for (const auto& step : action["runs"]["steps"]) {
    // Attack: an input with quotes in it. What a script names by ${{ }} becomes part of the script.
    if (step["run"]) {
      CHECK(step["run"].as<std::string>().find("${{") == std::string::npos);
      CHECK(step["shell"].as<std::string>() == "bash");
    }
  }
  // hashFiles() refuses a path with ".." in it, and the step with it: the action used to end there.
  CHECK(text.find("${{ hashFiles") == std::string::npos);
  CHECK(text.find("hashFiles(format") == std::string::npos);
  for (const auto& output : action["outputs"]) {
    CHECK_THAT(text, Contains(output.first.as<std::string>() + "="));
  }
}

TEST_CASE("the examples for CI services are YAML, and give the agent a key by a secret") {
  const YAML::Node workflow = load("docs/ci/github-workflow.yml");
  const YAML::Node steps = workflow["jobs"]["agent"]["steps"];
  CHECK(steps.size() == 4);
  const YAML::Node agent = steps[2];
  const YAML::Node action = load(".github/actions/agentbox/action.yml");
  for (const auto& input : agent["with"]) {
    CHECK(action["inputs"][input.first.as<std::string>()].IsDefined());
  }
  CHECK_THAT(agent["env"]["ANTHROPIC_API_KEY"].as<std::string>(), Contains("secrets."));
  const YAML::Node gitlab = load("docs/ci/gitlab-ci.yml");
  CHECK(gitlab["agent"]["script"].size() == 2);
  CHECK(gitlab["agent"]["artifacts"]["reports"]["junit"].as<std::string>() == "agent/junit.xml");
}

}  // namespace agentbox::ci_files_test
