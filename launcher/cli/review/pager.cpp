// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/pager.hpp"

#include <unistd.h>

#include <cstdlib>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

// Away from any repository, and of the user's own file alone: a project's settings name no program that we run.
std::optional<std::string> pager_of_git() {
  if (find_program("git").empty()) {
    return std::nullopt;
  }
  try {
    const Captured result = run_and_capture({.argv = {"git", "config", "--global", "--includes", "--get", "core.pager"}, .working_directory = "/"},
                                            std::chrono::seconds(10));
    return result.status.success() ? std::optional(std::string(trim(result.output))) : std::nullopt;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Set but empty is an answer, too: none.
std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

std::string chosen_pager() {
  if (const auto pager = variable("GIT_PAGER")) {
    return *pager;
  }
  if (const auto pager = pager_of_git()) {
    return *pager;
  }
  return variable("PAGER").value_or(find_program("less").empty() ? "" : "less");
}

ChildProcess start_pager(const std::string& command, int input) {
  // git's own defaults for less and lv: colors, no pager for what fits the screen.
  return ChildProcess::spawn({.argv = {"/bin/sh", "-c", "LESS=${LESS-FRX} LV=${LV--c}; export LESS LV; " + command},
                              .fds = {{input, STDIN_FILENO}, {STDOUT_FILENO, STDOUT_FILENO}, {STDERR_FILENO, STDERR_FILENO}}});
}

}  // namespace

std::optional<std::string> wanted_pager() {
  const std::string terminal = variable("TERM").value_or("dumb");
  const std::string command = terminal == "dumb" ? "" : chosen_pager();
  return command.empty() || command == "cat" ? std::nullopt : std::optional(command);
}

Pager::Pager(const std::string& command) : pipe_(make_pipe()), child_(start_pager(command, pipe_.read.get())) {
  lent_.emplace(child_.pid());
  pipe_.read.reset();
}

Pager::~Pager() {
  pipe_.write.reset();
  try {
    child_.wait();
  } catch (const Error&) {
    // Interrupted: it ends with us.
  }
}

bool Pager::write(std::string_view text) {
  try {
    write_all(pipe_.write.get(), text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace agentbox
