// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include "cli/commands/commands.hpp"
#include "cli/progress_display.hpp"

#include <unistd.h>

#include <filesystem>

namespace agentbox {

namespace {

bool is_directory(const std::string& path) {
  std::error_code not_there;
  return std::filesystem::is_directory(path, not_there);
}

}  // namespace

int run_command_line(const std::vector<std::string>& words) {
  const CommandLine command_line = parse_command_line(words, is_directory);
  ProgressDisplay progress(STDERR_FILENO, command_line.verbosity);
  const CommandContext context{.progress = progress, .verbosity = command_line.verbosity};
  return std::visit([&](const auto& options) { return execute(options, context); }, command_line.invocation);
}

}  // namespace agentbox
