// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/pager.hpp"

#include <unistd.h>

#include "cli/review/git_choice.hpp"
#include "core/error.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

std::string chosen_pager() {
  if (const auto pager = choice_of_environment("GIT_PAGER")) {
    return *pager;
  }
  if (const auto pager = choice_of_git("core.pager")) {
    return *pager;
  }
  return choice_of_environment("PAGER").value_or(find_program("less").empty() ? "" : "less");
}

ChildProcess start_pager(const std::string& command, int input) {
  // git's own defaults for less and lv: colors, no pager for what fits the screen.
  return ChildProcess::spawn({.argv = {"/bin/sh", "-c", "LESS=${LESS-FRX} LV=${LV--c}; export LESS LV; " + command},
                              .fds = {{input, STDIN_FILENO}, {STDOUT_FILENO, STDOUT_FILENO}, {STDERR_FILENO, STDERR_FILENO}}});
}

}  // namespace

std::optional<std::string> wanted_pager() {
  const std::string terminal = choice_of_environment("TERM").value_or("dumb");
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
