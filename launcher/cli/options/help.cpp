// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/command_text.hpp"
#include "core/text.hpp"

namespace agentbox {

namespace {

constexpr std::size_t width = 80;
constexpr std::size_t column = 28;  ///< where descriptions begin

/// Words filled into lines that begin at the column; the first line's beginning is there already.
std::string fill(const std::string& text, std::size_t used) {
  std::string filled;
  std::size_t at = used;
  for (const auto& word : split(text, ' ')) {
    if (at != column && at + 1 + word.size() > width) {
      filled += "\n" + std::string(column, ' ');
      at = column;
    }
    if (at != column) {
      filled += ' ';
      ++at;
    }
    filled += word;
    at += word.size();
  }
  return filled + "\n";
}

std::string entry(const std::string& name, const std::string& description) {
  std::string line = "  " + name;
  line += line.size() + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - line.size(), ' ');
  return line + fill(description, column);
}

std::string spell(const OptionText& option) {
  std::string text = option.spellings.front().starts_with("--") ? "    " : "";
  text += join(option.spellings, ", ");
  return option.value.empty() ? text : text + " " + option.value;
}

std::string indented(const std::string& lines) {
  std::string text;
  for (const auto& line : split(trim(lines), '\n')) {
    text += "  " + line + "\n";
  }
  return text;
}

std::string options_part(const CommandText& command) {
  std::string text;
  for (const auto& option : command.options) {
    text += entry(spell(option), option.description);
  }
  return text;
}

std::string commands_part(const CommandText& command) {
  std::string text;
  for (const auto& below : command.commands) {
    text += entry(below.path.back(), below.summary);
  }
  return text;
}

std::string main_help(const CommandText& root) {
  return "Runs coding agents in throw-away virtual machines.\n\n"
         "Usage:\n"
         "  " +
         usage_line(root) +
         "\n"
         "  agentbox [OPTIONS] shell [DIR]\n"
         "  agentbox [OPTIONS] run [DIR] -- CMD [ARGS...]\n"
         "  agentbox COMMAND ...\n\n"
         "AGENT is claude, codex, gemini or another of \"agentbox agents ls\". The VM sees\n"
         "DIR, by default the current directory, and nothing else of this machine. DIR is\n"
         "recognised by being a directory. What follows belongs to the agent, verbatim.\n\n"
         "Commands (agentbox COMMAND --help tells more):\n" +
         commands_part(root) + "\nOptions, before AGENT:\n" + options_part(root) + "\nExamples:\n" +
         indented(root.examples) +
         "\nExit code: the agent's own; 128+N when signal N ended it; 122 at a limit on\n"
         "model calls, without a terminal; 123 by --strict; 124 after --timeout or\n"
         "--max-time; 125 when agentbox failed itself; 2: a wrong command line.\n";
}

}  // namespace

std::string help_text(const CommandText& command) {
  if (command.path.empty()) {
    return main_help(command);
  }
  std::string text = command.summary + ".\n\nUsage:\n  " + usage_line(command) + "\n";
  if (!command.arguments.empty()) {
    text += "\nArguments:\n";
    for (const auto& argument : command.arguments) {
      text += entry(argument.value, argument.description);
    }
  }
  if (!command.commands.empty()) {
    text += "\nCommands:\n" + commands_part(command);
    std::string examples;
    for (const auto& below : command.commands) {
      examples += below.examples;
    }
    return text + "\nExamples:\n" + indented(examples);
  }
  text += "\nOptions:\n" + options_part(command);
  return text + "\nExamples:\n" + indented(command.examples);
}

std::string short_help() {
  return "Usage: agentbox [OPTIONS] AGENT [DIR] [ARGS...]\n"
         "       agentbox [OPTIONS] shell [DIR]\n"
         "       agentbox [OPTIONS] run [DIR] -- CMD [ARGS...]\n\n"
         "Start with: agentbox doctor, agentbox agents ls, agentbox --help\n";
}

}  // namespace agentbox
