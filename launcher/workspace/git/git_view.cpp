// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/git_view.hpp"

#include "workspace/git/ignore_rules.hpp"
#include "workspace/git/index.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace agentbox {
namespace {

constexpr std::size_t longest_patterns = std::size_t{1} << 20U;
constexpr std::size_t longest_index = std::size_t{512} << 20U;

// .gitignore of each directory above path, from the root on.
void add_ignore_files(const Beneath& project, const std::string& path, std::set<std::string>& read,
                      IgnoreRules& rules) {
  for (std::size_t end = 0; end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string directory = path.substr(0, end);
    if (read.insert(directory).second) {
      rules.add(text_beneath(project, directory.empty() ? ".gitignore" : directory + "/.gitignore", longest_patterns),
                directory);
    }
  }
}

}  // namespace

GitView ask_git_about(const std::vector<std::string>& directories, const Beneath& project,
                      const GitRepository& repository, std::string_view user_patterns) {
  if (repository.kind == GitRepository::Kind::none || repository.kind == GitRepository::Kind::refused) {
    return {};
  }
  GitView view{.tree = GitView::Tree::known, .tracked = {}, .ignored = {}};
  const Beneath directory(repository.directory);
  if (directory.look_at("index")) {
    const auto tracked =
        tracked_directories(text_beneath(directory, "index", longest_index), git_hash_bytes(repository), directories);
    view.tree = tracked ? GitView::Tree::known : GitView::Tree::unknown;
    view.tracked = tracked.value_or(std::vector<std::string>{});
  }
  IgnoreRules rules;
  rules.add(user_patterns, "");
  rules.add(text_beneath(Beneath(repository.common), "info/exclude", longest_patterns), "");
  std::set<std::string> read;
  for (const auto& path : directories) {
    add_ignore_files(project, path, read, rules);
  }
  std::copy_if(directories.begin(), directories.end(), std::back_inserter(view.ignored),
               [&](const auto& path) { return rules.ignores_directory(path); });
  return view;
}

}  // namespace agentbox
