// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/plumbing.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/environment.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/walls.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes git_limit{10};
constexpr ByteSize most_output = ByteSize::mebibytes(512);

// What a repository's configuration could make plumbing do besides. The walls would stop a program; this leaves none to be started,
// so that a hook does not turn into an error.
std::vector<std::string> command_line(const std::vector<std::string>& arguments) {
  std::vector<std::string> line{"git", "--no-pager"};
  for (const auto* setting : {"core.hooksPath=/dev/null", "core.fsmonitor=false", "commit.gpgSign=false", "gc.auto=0", "maintenance.auto=false",
                              "submodule.recurse=false"}) {
    line.insert(line.end(), {"-c", setting});
  }
  line.insert(line.end(), arguments.begin(), arguments.end());
  return line;
}

// All of git's own variables are ours: one from the environment could lead it to another repository. Who commits is the user's to say.
std::vector<std::string> base_environment() {
  std::vector<std::string> environment{"LC_ALL=C.UTF-8", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_ALLOW_PROTOCOL=none",
                                       "GIT_NO_LAZY_FETCH=1", "GIT_EDITOR=false", "GIT_ASKPASS=false"};
  for (const auto* name : {"PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "USER", "LOGNAME", "EMAIL", "TZ", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL",
                           "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE", "GIT_CEILING_DIRECTORIES",
                           "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"}) {
    if (const auto value = host_variable(name)) {
      environment.push_back(std::string(name) + "=" + *value);
    }
  }
  return environment;
}

Captured run_git(const fs::path& directory, const std::vector<std::string>& arguments, std::vector<std::string> environment, int input) {
  if (find_program("git").empty()) {
    throw Error(ErrorKind::environment, "git is not installed", "apt install git, or apply without --branch and --commit");
  }
  // It becomes git, and no other program ever; the files stay in its reach.
  const Walls alone{UniqueFd(), {}};
  ProcessSpec spec{.argv = command_line(arguments), .environment = std::move(environment), .working_directory = directory};
  if (input >= 0) {
    spec.fds = {{input, STDIN_FILENO}};
  }
  spec.walls = &alone;
  Captured result = run_and_capture(spec, git_limit, most_output);
  if (result.output.size() >= most_output.bytes()) {
    throw Error(ErrorKind::environment, "git " + arguments.front() + " said more than " + most_output.to_string());
  }
  return result;
}

Error git_error(const std::vector<std::string>& arguments, const Captured& result) {
  const std::string said = escape_untrusted(trim(result.error_output), 600);
  const bool nobody = said.find("tell me who you are") != std::string::npos || said.find("empty ident") != std::string::npos;
  return Error(ErrorKind::environment, "git " + arguments.front() + " failed" + (said.empty() ? "" : ": " + said),
               nobody ? "git config --global user.name NAME, and user.email ADDRESS, say who commits" : "");
}

std::string without_newline(std::string text) {
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

std::optional<fs::path> repository_top(const fs::path& directory) {
  for (fs::path place = directory;; place = place.parent_path()) {
    struct stat status {};
    if (::lstat((place / ".git").c_str(), &status) == 0) {
      return place;
    }
    if (place == place.parent_path()) {
      return std::nullopt;
    }
  }
}

GitPlumbing::GitPlumbing(const fs::path& project, fs::path scratch) : scratch_(std::move(scratch)) {
  // Found as git finds it, so that it judges whether the repository's owner is to be trusted (safe.directory).
  const auto look = [&](const char* what) {
    const Captured result = run_git(project, {"rev-parse", what}, base_environment(), -1);
    if (!result.status.success()) {
      const bool none = result.error_output.find("not a git repository") != std::string::npos;
      throw none ? Error(ErrorKind::usage, escape_untrusted(project.string()) + " lies in no git repository", "apply without --branch and --commit")
                 : git_error({"rev-parse"}, result);
    }
    return without_newline(result.output);
  };
  git_directory_ = look("--absolute-git-dir");
  prefix_ = look("--show-prefix");
  digest_ = look("--show-object-format") == "sha256" ? Digest::sha256 : Digest::sha1;
}

std::vector<std::string> GitPlumbing::environment(Index index) const {
  std::vector<std::string> environment = base_environment();
  environment.push_back("GIT_DIR=" + git_directory_.string());
  // Not the user's: no command of ours is to look at, or to write, a checked-out file.
  environment.push_back("GIT_WORK_TREE=" + scratch_.string());
  if (index == Index::ours) {
    environment.push_back("GIT_INDEX_FILE=" + (scratch_ / "index").string());
  }
  return environment;
}

std::string GitPlumbing::run(const std::vector<std::string>& arguments, std::string_view input, Index index) const {
  const fs::path file = scratch_ / "input";
  write_file_atomically(file, input);
  const Captured result = run_git(scratch_, arguments, environment(index), open_file(file, O_RDONLY).get());
  if (!result.status.success()) {
    throw git_error(arguments, result);
  }
  return result.output;
}

std::string GitPlumbing::run_in(const fs::path& directory, const std::vector<std::string>& arguments, std::string_view input) const {
  const fs::path file = scratch_ / "input";
  write_file_atomically(file, input);
  const Captured result = run_git(directory, arguments, environment(Index::ours), open_file(file, O_RDONLY).get());
  if (!result.status.success()) {
    throw git_error(arguments, result);
  }
  return result.output;
}

std::optional<std::string> GitPlumbing::ask(const std::vector<std::string>& arguments) const {
  const Captured result = run_git(scratch_, arguments, environment(Index::ours), -1);
  return result.status.success() ? std::optional(without_newline(result.output)) : std::nullopt;
}

std::optional<std::string> GitPlumbing::head_commit() const { return commit_at("HEAD"); }

std::string GitPlumbing::head_ref() const { return ask({"symbolic-ref", "--quiet", "HEAD"}).value_or("HEAD"); }

std::optional<std::string> GitPlumbing::commit_at(const std::string& ref) const {
  return ask({"rev-parse", "--quiet", "--verify", "--end-of-options", ref + "^{commit}"});
}

GitEntries GitPlumbing::entries(Index index) const {
  GitEntries entries;
  const std::string listed = run({"ls-files", "--stage", "-z"}, {}, index);
  for (const auto& line : split(listed, '\0')) {
    // MODE SP OBJECT SP STAGE TAB PATH
    const auto tab = line.find('\t');
    const auto words = split(line.substr(0, tab), ' ');
    if (tab != std::string::npos && words.size() == 3) {
      entries[line.substr(tab + 1)] = {words[0], words[2] == "0" ? words[1] : "unmerged"};
    }
  }
  return entries;
}

void GitPlumbing::set_entries(Index index, const GitEntries& entries) const {
  std::string lines;
  const auto add = [&](const std::string& path, const GitEntry& entry) {
    lines += entry.mode + " " + entry.object + "\t" + path + '\0';
  };
  const std::string nothing(digest_ == Digest::sha256 ? 64 : 40, '0');
  // What goes first makes room for directories in its place.
  for (const auto& [path, entry] : entries) {
    if (entry.mode == "0") {
      add(path, {"0", nothing});
    }
  }
  for (const auto& [path, entry] : entries) {
    if (entry.mode != "0") {
      add(path, entry);
    }
  }
  run({"update-index", "-z", "--index-info"}, lines, index);
}

}  // namespace agentbox
