// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/command_text.hpp"

#include "cli/options/definitions.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <map>

namespace agentbox {

namespace {

constexpr const char* launch_examples =
    "agentbox claude                       the agent, in this directory\n"
    "agentbox claude ./project -p \"fix the failing test\"\n"
    "agentbox --policy dirty claude ~/src/of-a-stranger\n"
    "agentbox run -- make test\n"
    "alias claude='agentbox claude'        and nothing else changes\n";

/// What CLI11 never sees, because it belongs to a program in the VM.
std::string words_behind(const std::vector<std::string>& path) {
  static const std::map<std::string, std::string> known = {
      {"run", "-- CMD [ARGS...]"}, {"exec", "[-- CMD [ARGS...]]"}, {"snapshot resume", "[-- ARGS...]"}};
  const auto found = known.find(join(path, " "));
  return found == known.end() ? "" : found->second;
}

OptionText describe_option(const CLI::Option& option) {
  OptionText text{.spellings = {}, .value = {}, .description = option.get_description()};
  for (const auto& name : option.get_snames()) {
    text.spellings.push_back("-" + name);
  }
  for (const auto& name : option.get_lnames()) {
    text.spellings.push_back("--" + name);
  }
  if (text.spellings.empty()) {
    text.spellings.push_back(option.get_name());
  }
  if (option.get_items_expected_max() > 0) {
    text.value = option.get_type_name();
  }
  if (option.get_positional() && option.get_items_expected_max() > 1) {
    text.times = option.get_required() ? OptionText::Times::at_least_once : OptionText::Times::any_number;
  } else if (option.get_required()) {
    text.times = OptionText::Times::once;
  }
  return text;
}

CommandText describe_app(const CLI::App& app, std::vector<std::string> path) {
  CommandText text;
  text.rest = words_behind(path);
  text.path = std::move(path);
  text.summary = app.get_description();
  text.examples = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    (option->get_positional() ? text.arguments : text.options).push_back(describe_option(*option));
  }
  // CLI11 adds --help first; people look for what is special first.
  std::rotate(text.options.begin(), text.options.begin() + 1, text.options.end());
  return text;
}

std::string form(const OptionText& argument) {
  const std::string& name = argument.value;
  switch (argument.times) {
    case OptionText::Times::once:
      return name;
    case OptionText::Times::at_least_once:
      return name + "...";
    case OptionText::Times::any_number:
      return "[" + name + "]...";
    case OptionText::Times::once_or_not:
      break;
  }
  return "[" + name + "]";
}

}  // namespace

const CommandText* CommandText::find(const std::string& name) const {
  const auto found =
      std::find_if(commands.begin(), commands.end(), [&](const auto& below) { return below.path.back() == name; });
  return found == commands.end() ? nullptr : &*found;
}

const OptionText* CommandText::find_option(const std::string& spelling) const {
  const auto found = std::find_if(options.begin(), options.end(), [&](const auto& option) {
    return std::find(option.spellings.begin(), option.spellings.end(), spelling) != option.spellings.end();
  });
  return found == options.end() ? nullptr : &*found;
}

CommandText describe_command_line() {
  CommandLine unused;
  const Definitions all = define_all(unused);
  CommandText root = describe_app(*all.launch, {});
  root.rest = "AGENT [DIR] [ARGS...]";
  root.examples = launch_examples;
  for (const auto& [path, app] : all.commands) {
    auto* above = &root.commands;
    if (path.size() > 1) {
      const auto group =
          std::find_if(all.groups.begin(), all.groups.end(), [&](const auto& one) { return one.name == path[0]; });
      if (root.find(path[0]) == nullptr) {
        CommandText text;
        text.path = {group->name};
        text.summary = group->summary;
        root.commands.push_back(std::move(text));
      }
      above = &root.commands.back().commands;  // a group's commands are defined one after the other
    }
    above->push_back(describe_app(*app, path));
  }
  return root;
}

std::string usage_line(const CommandText& command) {
  std::string line = "agentbox";
  for (const auto& word : command.path) {
    line += " " + word;
  }
  if (!command.path.empty() && !command.commands.empty()) {
    return line + " COMMAND";
  }
  line += " [OPTIONS]";
  for (const auto& argument : command.arguments) {
    line += " " + form(argument);
  }
  return command.rest.empty() ? line : line + " " + command.rest;
}

}  // namespace agentbox
