// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

// What a session may do at a git hosting service with the user's token. Values and questions about them, pure: the
// policy's reader, the broker that enforces them, and the plan that is printed all use these.
namespace agentbox {

/// One repository or several of one owner: "owner/name", "owner/*", "group/sub/lib-*". "*" stands for one or more
/// characters of a name and never for a "/". The owner is always written out. Case matters, also where the service
/// would not care: what is not literally listed is refused.
struct GitRepositoryPattern {
  std::string text;

  /// Throws Error{usage} that says what is wrong.
  static GitRepositoryPattern parse(const std::string& text);
  /// repository: by is_git_repository().
  [[nodiscard]] bool matches(std::string_view repository) const;
  /// What all repositories that match begin with, itself included where it holds no "*".
  [[nodiscard]] std::string_view prefix() const;
  friend bool operator==(const GitRepositoryPattern&, const GitRepositoryPattern&) = default;
};

/// Where a session may push to in the repositories of one pattern.
struct GitPushRule {
  GitRepositoryPattern repository;
  /// Names below refs/heads/; "*" stands for any characters, "/" included, as in git's own refspecs: "agent/*".
  std::vector<std::string> branches = {};
  std::vector<std::string> tags = {};  ///< the same below refs/tags/
  enum class Deletion { refused, allowed } deletion = Deletion::refused;
  friend bool operator==(const GitPushRule&, const GitPushRule&) = default;
};

/// A policy's word on one service. What may be pushed may be fetched, too.
struct GitAccess {
  std::string host;  ///< agents/git-hosts/HOST.yaml
  std::vector<GitRepositoryPattern> fetch = {};
  std::vector<GitPushRule> push = {};
  friend bool operator==(const GitAccess&, const GitAccess&) = default;
};

/// "owner/name", without ".git": two to eight components of A-Z a-z 0-9 . _ - that begin with none of . and -. No component
/// ends in ".git": a server may take what stands before it for the repository, and we would have judged another one.
bool is_git_repository(std::string_view text);

/// A branch's or tag's name without refs/heads/, as git accepts it (git-check-ref-format), in printable ASCII only.
bool is_git_ref_name(std::string_view name);

/// The same with "*", for a rule. Returns text; throws Error{usage}.
std::string parse_git_ref_pattern(const std::string& text);

bool may_fetch(const GitAccess& access, std::string_view repository);
/// Whether there is any ref of this repository that may be pushed to.
bool may_push(const GitAccess& access, std::string_view repository);

/// One change of a push.
enum class RefChange { update, deletion };
/// ref: in full, "refs/heads/main".
bool may_change(const GitAccess& access, std::string_view repository, std::string_view ref, RefChange change);

/// "refs/heads/agent/*, refs/tags/v*": where this repository may be pushed to, for sentences. Empty: nowhere.
std::string pushable_refs(const GitAccess& access, std::string_view repository);

/// "fetch owner/*; push owner/name (agent/*, tags v*)", for people.
std::string describe(const GitAccess& access);

}  // namespace agentbox
