// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/path_pattern.hpp"

#include <filesystem>
#include <string>

namespace agentbox {

/// "PATTERN:DIR": which files of a VM are to be copied to which directory of this machine.
struct ArtifactRule {
  std::string pattern;              ///< as given
  std::filesystem::path directory;  ///< as given
};
/// Throws Error{usage} for what is none.
ArtifactRule parse_artifact_rule(const std::string& text);

/// A rule's pattern, as it is looked for in a VM: the directory from which names count, and the pattern for what is
/// below it. "reports/*.xml" counts from the project, "/tmp/out/*.log" from /tmp/out, where its first wildcard is.
/// Pure.
class ArtifactPattern {
 public:
  /// project: empty when the VM sees none; Error{usage} for a relative pattern then, and for one that would look
  /// through the whole VM.
  ArtifactPattern(const ArtifactRule& rule, const std::filesystem::path& project);

  [[nodiscard]] const std::string& root() const { return root_; }
  /// name: relative to root(), as "a/b".
  [[nodiscard]] bool matches(const std::string& name) const;
  /// A shell command that writes a tar archive of the files below root() that may match, with names like "./a/b"; the
  /// guest's find(1) knows no "**", so they are more than match.
  [[nodiscard]] std::string guest_command() const;

 private:
  std::string root_;
  std::string below_;
  PatternList pattern_;
};

}  // namespace agentbox
