// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Who owns which word of the command line. Launcher options stand before the command word (an agent or a command of
/// ours); what follows an agent is the agent's, verbatim. So this is decided before an option parser sees any word.
/// Pure.
namespace agentbox {

struct SplitWords {
  std::vector<std::string> before;     ///< options of ours, with their values
  std::optional<std::string> command;  ///< none: there are only options
  std::vector<std::string> after;
};

/// takes_value: does this option ("--base", "-x"), written without "=", own the next word, too?
/// A "--" before the command word ends the options; it belongs to nobody.
SplitWords split_at_command(const std::vector<std::string>& words,
                            const std::function<bool(const std::string& option)>& takes_value);

struct AgentWords {
  std::optional<std::filesystem::path> directory;
  std::vector<std::string> arguments;
};

/// [DIR] [ARGS...] after an agent's name: the first word is DIR if looks_like_path() or is_directory() says so.
AgentWords take_directory(const std::vector<std::string>& words,
                          const std::function<bool(const std::string& path)>& is_directory);

/// ".", "..", "~", or a word that begins with "/", "./", "../", "~/".
bool looks_like_path(const std::string& word);

/// "~" and "~/x" as a shell would have written them out, for callers without a shell (a CI file's list of words).
std::filesystem::path expand_home(const std::string& path, const std::string& home);

/// The words before the first "--" and those behind it; no second part when there is none.
struct CommandWords {
  std::vector<std::string> ours;
  std::optional<std::vector<std::string>> command;
};
CommandWords split_at_dashes(const std::vector<std::string>& words);

}  // namespace agentbox
