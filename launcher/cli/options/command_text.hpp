// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// Everything that can be said on the command line, as data: what help and completion are made from, and what the
/// manual page is compared with.
namespace agentbox {

struct OptionText {
  std::vector<std::string> spellings;  ///< "-v", "--verbose"; for an argument its one name
  std::string value;                   ///< type of the value: "BASE", "open|offline"; empty: a flag
  std::string description;
  enum class Times { once_or_not, once, any_number, at_least_once } times = Times::once_or_not;
};

struct CommandText {
  std::vector<std::string> path;  ///< "base", "build"; empty for agentbox itself
  std::string summary;
  std::vector<OptionText> options;
  std::vector<OptionText> arguments;
  std::string rest;      ///< "-- CMD [ARGS...]" where something other than our words follows
  std::string examples;  ///< lines
  std::vector<CommandText> commands;

  /// The command of that name below this one; null when there is none.
  [[nodiscard]] const CommandText* find(const std::string& name) const;
  /// The option with this spelling; null when there is none.
  [[nodiscard]] const OptionText* find_option(const std::string& spelling) const;
};

/// agentbox itself: the options are those of a launch.
CommandText describe_command_line();

/// "agentbox base build [OPTIONS] BASE"
std::string usage_line(const CommandText& command);

/// What --help prints, at most 80 columns wide but for long examples.
std::string help_text(const CommandText& command);

/// A few lines for somebody who typed no more than "agentbox".
std::string short_help();

}  // namespace agentbox
