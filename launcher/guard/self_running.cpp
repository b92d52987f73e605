// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/self_running.hpp"

#include <nlohmann/json.hpp>

#include "core/hostile_json.hpp"
#include "guard/git_places.hpp"

#include <array>
#include <utility>
#include <vector>

namespace agentbox {
namespace {

struct Runner {
  std::string by;
  PatternList files;
};

// What packages bring along is not looked at: it runs when the project runs.
const PatternList& left_out() {
  static const PatternList list({"**/node_modules/**", "**/site-packages/**"});
  return list;
}

const std::vector<Runner>& runners() {
  static const std::vector<Runner> list{
      {"git", PatternList({".gitmodules", ".gitattributes", "**/.husky/**", "**/.githooks/**", ".pre-commit-config.yaml", "lefthook.yml"})},
      {"direnv", PatternList({".envrc"})},
      {"an editor", PatternList({"**/.vscode/**", "**/.idea/**", ".dir-locals.el", ".nvim.lua", ".exrc", ".vimrc", "*.code-workspace",
                                 "**/.devcontainer/**", ".devcontainer.json"})},
      {"an agent", PatternList({"**/.claude/**", "**/.codex/**", "**/.gemini/**", "**/.cursor/**", ".mcp.json", "CLAUDE.md", "AGENTS.md",
                                "GEMINI.md", ".cursorrules", ".agentbox.yaml", ".agentboxignore"})},
      {"a package manager", PatternList({".npmrc", ".yarnrc", ".yarnrc.yml", "**/.yarn/**", ".pnpmfile.cjs", "package.json", "pip.conf",
                                         "setup.py", "**/.cargo/config.toml", "**/.cargo/config", "build.rs", "**/.bundle/config"})},
      {"a build", PatternList({"Makefile", "makefile", "GNUmakefile", "*.mk", "justfile", "Taskfile.yml", "CMakeLists.txt", "build.gradle",
                               "build.gradle.kts", "settings.gradle", "gradlew", "mvnw", "**/.mvn/**", "Rakefile"})},
      {"a CI service", PatternList({"/.github/workflows/**", "/.github/actions/**", ".gitlab-ci.yml", "/.circleci/**", "Jenkinsfile",
                                    "azure-pipelines.yml", ".travis.yml", "/.buildkite/**", "/.woodpecker/**", ".drone.yml"})},
      {"Python", PatternList({"conftest.py", "sitecustomize.py", "usercustomize.py", "*.pth", "noxfile.py"})},
  };
  return list;
}

}  // namespace

std::optional<std::string> runs_by_itself(const PathParts& path) {
  switch (git_place(path)) {
    case GitPlace::settings:
      return path.back().ends_with(".sample") || path.back() == "hooks" ? std::nullopt : std::optional<std::string>("git");
    case GitPlace::once:
    case GitPlace::repository:
      return "git";
    case GitPlace::holds:
      return std::nullopt;
    case GitPlace::ordinary:
      break;
  }
  if (left_out().matches_itself(path)) {
    return std::nullopt;
  }
  for (const auto& [by, files] : runners()) {
    if (files.matches_itself(path)) {
      return by;
    }
  }
  return std::nullopt;
}

bool says_what_to_run(const PathParts& path) { return !path.empty() && path.back() == "package.json"; }

bool runs_something_else(const std::string& before, const std::string& after) {
  const auto scripts = [](const std::string& text) {
    const auto json = parse_hostile_json(text);
    return std::pair(json.is_object(), json.is_object() ? json.value("scripts", nlohmann::json()) : nlohmann::json());
  };
  const auto [was_sound, was] = scripts(before);
  const auto [is_sound, is] = scripts(after);
  return !was_sound || !is_sound || was != is;
}

}  // namespace agentbox
