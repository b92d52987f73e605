// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

using PathParts = std::vector<std::string_view>;
/// The names in a relative path; empty ones and "." are left out.
PathParts parts_of(std::string_view path);

/// Compares names as the guard does: the letters A to Z are the same in both cases, since the directory may be one that folds them.
bool same_name(std::string_view one, std::string_view other);

/// One pattern as in a .gitignore: "*", "?", "[a-z]" within a name, "**" for any number of directories, "!" takes back, a "/" other than
/// at the end ties it to the top of the tree, without one it is for names anywhere. A "/" at the end is ignored: what will become a
/// directory cannot be known when a name is made.
class PathPattern {
 public:
  /// Throws Error{usage} for a pattern that is empty, too long, holds NUL, "." or "..".
  explicit PathPattern(std::string_view text);

  [[nodiscard]] bool negated() const { return negated_; }
  [[nodiscard]] bool matches(const PathParts& path) const;
  /// Whether something that this matches can be below path because path has this name: to move path would change what matches.
  [[nodiscard]] bool leads_below(const PathParts& path) const;

 private:
  std::vector<std::string> names_;  ///< with "**" in front when it begins at any depth
  bool negated_ = false;
};

/// Patterns of which the last that matches decides; what is in a directory that matches does, too.
class PatternList {
 public:
  PatternList() = default;
  /// Throws like PathPattern.
  explicit PatternList(const std::vector<std::string>& patterns);

  [[nodiscard]] bool matches(const PathParts& path) const;
  /// The same where it is known that no directory on the way matches.
  [[nodiscard]] bool matches_itself(const PathParts& path) const;
  [[nodiscard]] bool leads_below(const PathParts& path) const;

 private:
  std::vector<PathPattern> patterns_;
};

}  // namespace agentbox
