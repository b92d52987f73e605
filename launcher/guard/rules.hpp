// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guard/git_places.hpp"
#include "core/path_pattern.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// What of a shared directory a guest may not change (guarded), or not even see (hidden): patterns as in a .gitignore, besides git's own
/// settings and programs, which are always guarded. A pure value; any directory can have them.
struct GuardRules {
  std::vector<std::string> guarded;
  std::vector<std::string> hidden;
  /// What the directory is. git_directory: a repository's own (".git"), which may lie outside of any project.
  enum class Top { project, git_directory } top = Top::project;
  std::vector<std::string> hidden_by_project;  ///< of its .agentboxignore: it can hide more, and show nothing
  friend bool operator==(const GuardRules&, const GuardRules&) = default;
};

/// What agentbox guards and hides when nobody says anything (docs/workspace.md lists it).
GuardRules default_guard_rules();

/// The patterns in an .agentboxignore: one a line, "#" for comments. It is the project's own, so it can hide and not show: lines with "!"
/// only take back its own lines. Throws Error{config} naming the line for what is no pattern, or too much.
std::vector<std::string> parse_ignore_file(std::string_view text, const std::string& name);
inline constexpr const char* ignore_file_name = ".agentboxignore";

enum class Standing { free, guarded, hidden };

/// Rules made ready for asking. Throws Error{usage} for patterns that are none.
class Guard {
 public:
  explicit Guard(const GuardRules& rules);

  [[nodiscard]] Standing standing(const PathParts& path) const;
  /// The same where it is known that all directories on the way are free.
  [[nodiscard]] Standing standing_in_free(const PathParts& path) const;
  /// Whether what is below path has its standing by path's name: then nothing that may hold something can be moved there or away.
  [[nodiscard]] bool leads_below(const PathParts& path) const;
  [[nodiscard]] GitPlace place_in_git(const PathParts& path) const { return git_place(placed(path)); }
  /// Where in path the name of the repository stands that it is or is in: an index, or -1 for the top itself. No value: it is in none.
  [[nodiscard]] std::optional<int> repository_of(const PathParts& path) const;

 private:
  /// path as it would be with the repository's name in front.
  [[nodiscard]] PathParts placed(const PathParts& path) const;

  GuardRules::Top top_;
  PatternList guarded_;
  PatternList hidden_;
  PatternList hidden_by_project_;
};

}  // namespace agentbox
