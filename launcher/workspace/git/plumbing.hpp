// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// An entry of git's index, or of a tree.
struct GitEntry {
  std::string mode;    ///< "100644"
  std::string object;  ///< hexadecimal; "unmerged" in the middle of a merge
  friend bool operator==(const GitEntry&, const GitEntry&) = default;
};
using GitEntries = std::map<std::string, GitEntry>;  ///< by path from the repository's top on

/// Where git finds the repository of a directory: it, or the next one above it with something called ".git". No program is run.
std::optional<std::filesystem::path> repository_top(const std::filesystem::path& directory);

/// The user's repository that a project lies in, through git's plumbing commands (docs/decisions/0029). None of them runs a hook, a filter,
/// a monitor, an editor or a transport, whatever the repository's configuration names: they are told not to, and the kernel refuses
/// to start any program besides. The user's checkout and index are not touched unless a call says so.
class GitPlumbing {
 public:
  /// scratch: a directory of ours, for an index of our own and for input; it must outlive this. Throws Error{usage} when the project
  /// lies in no repository, Error{environment} when git is missing or refuses this one.
  GitPlumbing(const std::filesystem::path& project, std::filesystem::path scratch);

  enum class Digest { sha1, sha256 };
  [[nodiscard]] Digest digest() const { return digest_; }
  /// The project's place in it: "" or "dir/dir/".
  [[nodiscard]] const std::string& prefix() const { return prefix_; }
  /// The commit that is checked out; none: nothing was committed yet.
  [[nodiscard]] std::optional<std::string> head_commit() const;
  /// What HEAD names: "refs/heads/NAME", or "HEAD" itself when it is detached.
  [[nodiscard]] std::string head_ref() const;
  [[nodiscard]] std::optional<std::string> commit_at(const std::string& ref) const;

  /// ours: the index in scratch. users: that of the user's checkout.
  enum class Index { ours, users };
  [[nodiscard]] GitEntries entries(Index index) const;
  /// An entry with mode "0" goes. Entries come back as they are (see entries()) where git does not take a name.
  void set_entries(Index index, const GitEntries& entries) const;

  /// Runs a command to its end; returns what it prints. Throws Error{environment} with what git says.
  std::string run(const std::vector<std::string>& arguments, std::string_view input = {}, Index index = Index::ours) const;
  /// The same in another working directory; for paths of ours.
  std::string run_in(const std::filesystem::path& directory, const std::vector<std::string>& arguments, std::string_view input) const;

 private:
  [[nodiscard]] std::vector<std::string> environment(Index index) const;
  /// What it prints, or nothing when it fails; for questions.
  [[nodiscard]] std::optional<std::string> ask(const std::vector<std::string>& arguments) const;

  std::filesystem::path scratch_;
  std::filesystem::path git_directory_;
  std::string prefix_;
  Digest digest_ = Digest::sha1;
};

}  // namespace agentbox
