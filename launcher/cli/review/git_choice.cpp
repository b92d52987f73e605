// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/git_choice.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/process.hpp"

#include <chrono>
#include <cstdlib>

namespace agentbox {

std::optional<std::string> choice_of_git(const std::string& setting) {
  if (find_program("git").empty()) {
    return std::nullopt;
  }
  try {
    // Away from any repository.
    const Captured result = run_and_capture(
        {.argv = {"git", "config", "--global", "--includes", "--get", setting}, .working_directory = "/"},
        std::chrono::seconds(10));
    return result.status.success() ? std::optional(std::string(trim(result.output))) : std::nullopt;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> choice_of_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace agentbox
