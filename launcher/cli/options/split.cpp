// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options/split.hpp"

#include <algorithm>

namespace agentbox {

namespace {

// A lone "-" is a word like any other, as everywhere.
bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

}  // namespace

SplitWords split_at_command(const std::vector<std::string>& words,
                            const std::function<bool(const std::string&)>& takes_value) {
  SplitWords split;
  auto word = words.begin();
  for (; word != words.end() && is_option(*word); ++word) {
    if (*word == "--") {
      ++word;
      break;
    }
    split.before.push_back(*word);
    if (takes_value(*word) && std::next(word) != words.end()) {
      split.before.push_back(*++word);
    }
  }
  if (word != words.end()) {
    split.command = *word;
    split.after.assign(std::next(word), words.end());
  }
  return split;
}

bool looks_like_path(const std::string& word) {
  return word == "." || word == ".." || word == "~" || word.starts_with("./") || word.starts_with("../") ||
         word.starts_with("/") || word.starts_with("~/");
}

AgentWords take_directory(const std::vector<std::string>& words,
                          const std::function<bool(const std::string&)>& is_directory) {
  if (words.empty() || words.front().empty()) {
    return {.directory = {}, .arguments = words};
  }
  const std::string& first = words.front();
  // An option is never a directory, even if one is called so: "-p" must reach the agent wherever it is started.
  if (!looks_like_path(first) && (first.front() == '-' || !is_directory(first))) {
    return {.directory = {}, .arguments = words};
  }
  return {.directory = first, .arguments = {std::next(words.begin()), words.end()}};
}

std::filesystem::path expand_home(const std::string& path, const std::string& home) {
  if (home.empty() || (path != "~" && !path.starts_with("~/"))) {
    return path;
  }
  return home + path.substr(1);
}

CommandWords split_at_dashes(const std::vector<std::string>& words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes == words.end()) {
    return {.ours = words, .command = {}};
  }
  return {.ours = {words.begin(), dashes}, .command = std::vector<std::string>(std::next(dashes), words.end())};
}

}  // namespace agentbox
