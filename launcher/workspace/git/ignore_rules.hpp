// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// The patterns of .gitignore files, as git reads them (gitignore(5)), for directories. Pure; each question takes time
/// in proportion to the number of patterns, whatever they are.
class IgnoreRules {
 public:
  /// directory: where the file lies, relative to the working tree; empty for its root. In git's order: what is added
  /// later wins, so the user's own file and info/exclude come first, and a directory's file before those below it.
  void add(std::string_view text, const std::string& directory);

  /// Whether git ignores the directory at path, or one that it lies in.
  [[nodiscard]] bool ignores_directory(const std::string& path) const;

 private:
  struct Rule {
    std::string directory;
    std::vector<std::string> parts;  ///< of the pattern, from its directory on; one, when it may match at any depth
    enum class At { any_depth, path } at = At::any_depth;
    enum class Means { ignored, not_ignored } means = Means::ignored;
  };
  static bool matches(const Rule& rule, const std::vector<std::string>& path);
  std::vector<Rule> rules_;
};

/// Whether a name matches a pattern of *, ?, [...] and backslashes. No "/" in either. Pure.
bool matches_pattern(std::string_view pattern, std::string_view name);

}  // namespace agentbox
