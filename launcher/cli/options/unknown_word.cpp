// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/unknown_word.hpp"

#include "cli/options/command_text.hpp"
#include "core/text.hpp"

namespace agentbox {

namespace {

std::string quoted(const std::string& word) { return "\"" + escape_untrusted(word, 80) + "\""; }

std::string did_you_mean(const std::string& word, std::span<const std::string> known) {
  const std::string match = closest_match(word, known);
  return match.empty() ? "" : "Did you mean " + match + "?\n";
}

}  // namespace

Error unknown_option(const std::string& option, std::span<const std::string> known, const std::string& see) {
  const std::string name = option.substr(0, option.find('='));
  return Error(ErrorKind::usage, "unknown option " + quoted(name),
               did_you_mean(name, known) + "See " + see + " --help.");
}

Error unknown_command(const std::string& word, const std::vector<std::string>& agents) {
  std::vector<std::string> commands;
  for (const auto& command : describe_command_line().commands) {
    commands.push_back(command.path.back());
  }
  auto known = agents;
  known.insert(known.end(), commands.begin(), commands.end());
  return Error(
      ErrorKind::usage, quoted(word) + " is neither an agent nor a command",
      did_you_mean(word, known) + "Agents: " + join(agents, ", ") + ".\nCommands: " + join(commands, ", ") + ".");
}

Error unknown_subcommand(const std::string& group, const std::string& word, std::span<const std::string> known) {
  const std::string message =
      word.empty() ? "agentbox " + group + " needs one more word" : "unknown command " + quoted(group + " " + word);
  return Error(ErrorKind::usage, message,
               did_you_mean(word, known) + "Known: agentbox " + group + " " + join(known, "|") + ".");
}

}  // namespace agentbox
