// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/repository.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "workspace/git/config_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_pointer = 8192;  // a path, and a word before it
constexpr std::size_t longest_config = std::size_t{256} * 1024;

GitRepository refused_repository(std::string why, std::string advice = {}) {
  return {.kind = GitRepository::Kind::refused,
          .directory = {},
          .common = {},
          .why = std::move(why),
          .advice = std::move(advice)};
}

std::string shown_path(const fs::path& path) { return escape_untrusted(path.native(), 400); }

// One line, as git writes such files; empty for anything else.
std::string only_line(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) {
    text.pop_back();
  }
  return text.find_first_of(std::string_view("\n\0", 2)) == std::string::npos ? text : std::string();
}

std::optional<fs::path> real_path(const fs::path& path) {
  std::error_code missing;
  fs::path canonical = fs::canonical(path, missing);
  return missing ? std::nullopt : std::optional(std::move(canonical));
}

bool is_directory_beneath(const Beneath& parent, const std::string& path) {
  const auto status = parent.look_at(path);
  return status && S_ISDIR(status->st_mode);
}

bool is_object_name(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

// Of a directory that has one; as git itself tells git directories (setup.c, is_git_directory).
bool has_head(const Beneath& directory) {
  const std::string head = only_line(text_beneath(directory, "HEAD", longest_pointer));
  return head.starts_with("ref: refs/") || is_object_name(head);
}

bool has_objects_and_refs(const Beneath& directory) {
  return is_directory_beneath(directory, "objects") && is_directory_beneath(directory, "refs");
}

std::string without_last_slash(std::string path) {
  if (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  return path;
}

bool lies_within(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// Whether a path that stands in a file of that directory is the project, or its .git.
bool leads_to(const fs::path& directory, const std::string& pointer, const fs::path& wanted) {
  if (pointer.empty()) {
    return false;
  }
  const fs::path path = directory / pointer;
  const auto parent = real_path(path.parent_path());
  return real_path(path) == wanted || (parent && *parent / path.filename() == wanted);
}

// REPOSITORY/worktrees/NAME, whose file "gitdir" names the .git file of the working tree that it is for.
GitRepository linked_tree(const fs::path& directory, const Beneath& opened, const fs::path& project) {
  const fs::path common = directory.parent_path().parent_path();
  if (directory.parent_path().filename() != "worktrees" ||
      !leads_to(directory, only_line(text_beneath(opened, "commondir", longest_pointer)), common)) {
    return refused_repository("it says that it belongs to a repository in which it does not lie");
  }
  if (lies_within(project, common)) {
    return refused_repository("this project lies in " + shown_path(common) + ", and so may others of that repository");
  }
  const Beneath repository(common);
  if (!has_head(repository) || !has_objects_and_refs(repository)) {
    return refused_repository(shown_path(common) + " is no git repository");
  }
  if (!leads_to(directory, only_line(text_beneath(opened, "gitdir", longest_pointer)), project / ".git")) {
    return refused_repository("it is the working tree of another directory",
                              "git worktree repair, in the repository, if you have moved this one");
  }
  return {.kind = GitRepository::Kind::worktree, .directory = directory, .common = common, .why = {}, .advice = {}};
}

// A whole repository, whose core.worktree names the project: git sets that for submodules.
GitRepository whole_repository(const fs::path& directory, const Beneath& opened, const fs::path& project) {
  std::optional<std::string> tree;
  try {
    tree = git_config_value(text_beneath(opened, "config", longest_config), "core", "worktree");
  } catch (const Error& error) {
    return refused_repository("of its config: " + std::string(error.what()));
  }
  if (!tree) {
    return refused_repository(
        "that repository does not say that it is this project's",
        "if it is: git -C " + shell_quote(project.native()) + " config core.worktree " + shell_quote(project.native()));
  }
  if (!leads_to(directory, *tree, project)) {
    return refused_repository("that repository is another directory's");
  }
  return {.kind = GitRepository::Kind::apart, .directory = directory, .common = directory, .why = {}, .advice = {}};
}

GitRepository repository_elsewhere(const fs::path& project, const std::string& pointer) {
  const fs::path named = project / pointer;
  const auto directory = real_path(named);
  if (!directory) {
    return refused_repository("it is not there");
  }
  if (lies_within(*directory, project)) {
    return {
        .kind = GitRepository::Kind::inside, .directory = *directory, .common = *directory, .why = {}, .advice = {}};
  }
  if (lies_within(project, *directory)) {
    return refused_repository("this project lies in it");
  }
  // In the guest the words of the file have to lead there, and nobody makes links for it.
  if (*directory != fs::path(without_last_slash(named.lexically_normal().native()))) {
    return refused_repository("a link is on the way to it (it is " + shown_path(*directory) + ")");
  }
  std::error_code none;
  if (!fs::is_directory(*directory, none)) {
    return refused_repository("it is no directory");
  }
  const Beneath opened(*directory);
  if (!has_head(opened)) {
    return refused_repository("it is no git directory");
  }
  if (opened.look_at("commondir")) {
    return linked_tree(*directory, opened, project);
  }
  return has_objects_and_refs(opened) ? whole_repository(*directory, opened, project)
                                      : refused_repository("it is no git directory");
}

}  // namespace

std::string text_beneath(const Beneath& directory, const std::string& path, std::size_t most_bytes) {
  const UniqueFd file = directory.open(path, O_RDONLY | O_NOCTTY);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) > most_bytes) {
    return {};
  }
  return read_to_end(file.get(), path, ByteSize(most_bytes));
}

GitRepository find_git_repository(const fs::path& project) {
  const Beneath opened(project);
  const auto status = opened.look_at(".git");
  if (!status) {
    return {};
  }
  if (S_ISDIR(status->st_mode)) {
    const fs::path directory = project / ".git";
    return {.kind = GitRepository::Kind::inside, .directory = directory, .common = directory, .why = {}, .advice = {}};
  }
  if (S_ISLNK(status->st_mode)) {
    return refused_repository(".git is a link, and links that leave the project are not followed",
                              "a .git file would do: git init --separate-git-dir");
  }
  constexpr std::string_view word = "gitdir: ";
  const std::string line = only_line(text_beneath(opened, ".git", longest_pointer));
  if (!line.starts_with(word) || line.size() == word.size()) {
    return {};
  }
  const std::string pointer = line.substr(word.size());
  GitRepository found = repository_elsewhere(project, pointer);
  if (found.kind == GitRepository::Kind::refused) {
    found.why = ".git names " + escape_untrusted(pointer, 400) + ", but " + found.why;
  }
  return found;
}

std::size_t git_hash_bytes(const GitRepository& repository) {
  try {
    const auto format = git_config_value(text_beneath(Beneath(repository.common), "config", longest_config),
                                         "extensions", "objectformat");
    return !format || *format == "sha1" ? 20 : *format == "sha256" ? 32 : 0;
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace agentbox
