// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/hot_directories.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/run_plan.hpp"
#include "ssh/connection.hpp"
#include "store/mount_points.hpp"
#include "store/project_name.hpp"
#include "sys/environment.hpp"
#include "sys/files.hpp"
#include "vm/qemu/spec.hpp"
#include "workspace/git/git_view.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* bytecode_variable = "PYTHONPYCACHEPREFIX";
constexpr const char* bytecode_place = "/var/lib/agentbox/bytecode";
constexpr const char* bytecode_name = "bytecode";
// In a session's directory: the kept disk that its VM has.
constexpr const char* kept_disk_file = "kept-disk";

// What the user has told git to ignore everywhere; one who has said it by core.excludesFile is not heard.
std::string patterns_of_user() {
  const auto home = host_variable("HOME");
  const auto config = host_variable("XDG_CONFIG_HOME");
  if (!home && !config) {
    return {};
  }
  try {
    return read_file_if_exists((config ? fs::path(*config) : fs::path(*home) / ".config") / "git/ignore").value_or("");
  } catch (const Error&) {
    return {};
  }
}

bool is_among(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool within_one_of(const std::string& path, const std::vector<HotCandidate>& others) {
  return std::any_of(others.begin(), others.end(),
                     [&](const auto& other) { return (path + "/").starts_with(other.path + "/"); });
}

struct Candidates {
  std::vector<HotCandidate> named;  ///< by the user
  std::vector<HotCandidate> found;
  HotPlan::Bytecode bytecode = HotPlan::Bytecode::in_place;
};

Candidates find_candidates(const HotDirectories& wanted, const Beneath& project, std::vector<std::string>& warnings) {
  Candidates candidates;
  for (const auto& path : wanted.paths) {
    const HotCandidate one = look_at_hot(project, path);
    if (one.host == HotCandidate::Host::other) {
      warnings.push_back("no hot directory: " + escape_untrusted(path) +
                         " is no directory of this project, or a link is on the way to it");
    } else {
      candidates.named.push_back(one);
    }
  }
  if (wanted.detect == HotDirectories::Detect::by_project) {
    const FoundHot found = find_hot_directories(project);
    std::copy_if(found.directories.begin(), found.directories.end(), std::back_inserter(candidates.found),
                 [&](const auto& one) { return !within_one_of(one.path, candidates.named); });
    candidates.bytecode =
        found.python == FoundHot::Python::yes ? HotPlan::Bytecode::apart : HotPlan::Bytecode::in_place;
    if (found.seen == FoundHot::Seen::part) {
      warnings.push_back(
          "this project is too large to find all of its hot directories; name further ones: --hot auto,DIR");
    }
  }
  return candidates;
}

std::vector<std::string> paths_of(const Candidates& candidates) {
  std::vector<std::string> paths;
  for (const auto* list : {&candidates.named, &candidates.found}) {
    std::transform(list->begin(), list->end(), std::back_inserter(paths), [](const auto& one) { return one.path; });
  }
  return paths;
}

// Where git tracks files none is hot, since git would miss them in the guest. By itself none becomes hot whose content
// git shows on the host: it would not show it in the guest.
void choose(const Candidates& candidates, const GitView& git, std::vector<std::string>& warnings, HotPlan& hot) {
  using Git = HotPlan::Directory::Git;
  const auto add = [&](const HotCandidate& one) {
    hot.directories.push_back(
        {.path = one.path, .host = one.host, .git = is_among(git.ignored, one.path) ? Git::hides : Git::shows});
  };
  for (const auto& one : candidates.named) {
    if (is_among(git.tracked, one.path)) {
      warnings.push_back("no hot directory: git tracks files in " + escape_untrusted(one.path));
    } else {
      add(one);
    }
  }
  if (git.tree == GitView::Tree::unknown && !candidates.found.empty()) {
    warnings.emplace_back("git's index of this project cannot be read here, so no directory is hot that is not named");
    return;
  }
  for (const auto& one : candidates.found) {
    const bool shown =
        git.tree == GitView::Tree::known && one.host == HotCandidate::Host::content && !is_among(git.ignored, one.path);
    if (!shown && !is_among(git.tracked, one.path)) {
      add(one);
    }
  }
}

void say_what_is_hidden(const HotPlan& hot, std::vector<std::string>& warnings) {
  constexpr std::size_t most = 5;
  std::vector<std::string> hidden;
  for (const auto& one : hot.directories) {
    if (one.host == HotCandidate::Host::content) {
      hidden.push_back(escape_untrusted(one.path, 200));
    }
  }
  if (hidden.empty()) {
    return;
  }
  const std::size_t rest = hidden.size() - std::min(hidden.size(), most);
  hidden.resize(hidden.size() - rest);
  warnings.push_back(join(hidden, ", ") + (rest == 0 ? "" : " and " + std::to_string(rest) + " more") +
                     " of this machine: not seen in the VM, which has its own there (--hot none shows yours)");
}

// For gitignore(5): from the project's root, and nothing in it means anything but itself.
std::string pattern_of(const std::string& path) {
  std::string pattern = "/";
  for (const char character : path) {
    pattern += std::string_view("\\*?[ ").find(character) != std::string_view::npos ? "\\" : "";
    pattern += character;
  }
  return pattern + "/\n";
}

GuestPlan::Prepare::Hot guest_hot(const RunPlan& plan) {
  GuestPlan::Prepare::Hot hot{.shelf = plan.base, .directories = {}, .ignore = {}};
  for (const auto& one : plan.hot.directories) {
    // The same name in every session, and no two the same.
    hot.directories.push_back({.name = project_name(one.path), .path = one.path});
    hot.ignore += one.git == HotPlan::Directory::Git::shows ? pattern_of(one.path) : "";
  }
  if (plan.hot.bytecode == HotPlan::Bytecode::apart) {
    hot.directories.push_back({.name = bytecode_name, .path = bytecode_place});
  }
  return hot;
}

}  // namespace

HotStore hot_store(const Application& application) { return HotStore(application.directories.data / "hot"); }

HotPlan plan_hot(const HotDirectories& wanted, HotState state, RunPlan& plan) {
  HotPlan hot{.directories = {}, .state = state};
  if (plan.workspace != WorkspaceMode::live || wanted == HotDirectories{}) {
    return hot;
  }
  const Beneath project(plan.project);
  const Candidates candidates = find_candidates(wanted, project, plan.warnings);
  hot.bytecode = candidates.bytecode;
  const GitView git = ask_git_about(paths_of(candidates), project, plan.repository, patterns_of_user());
  choose(candidates, git, plan.warnings, hot);
  say_what_is_hidden(hot, plan.warnings);
  if (hot.bytecode == HotPlan::Bytecode::apart) {
    plan.environment.push_back({bytecode_variable, bytecode_place});
  }
  return hot;
}

std::optional<KeptDisk> open_hot(const RunPlan& plan, const Application& application, SharedDirectories& shared) {
  if (!plan.hot.any()) {
    return std::nullopt;
  }
  shared.hot = guest_hot(plan);
  if (plan.hot.state == HotState::fresh) {
    return std::nullopt;
  }
  std::optional<KeptDisk> disk = hot_store(application).open(plan.project, kept_disk_size);
  if (!disk) {
    application.progress.note(
        "Another session has the kept hot directories of this project; in this one they are empty, and not kept.");
    return std::nullopt;
  }
  if (disk->found() == KeptDisk::Found::cut_off) {
    application.progress.note(
        "The last session with this project's hot directories did not come to its end; they begin empty.");
  }
  shared.hot->disk = GuestPlan::Prepare::Hot::Disk::kept;
  shared.kept_disk = KeptDiskImage{.path = disk->image(), .lock = disk->lock()};
  return disk;
}

void note_hot_places(const RunPlan& plan, const std::optional<KeptDisk>& disk, const fs::path& session_directory) {
  std::vector<std::string> places;
  for (const auto& one : plan.hot.directories) {
    if (one.host != HotCandidate::Host::content) {
      places.push_back(one.path);
    }
  }
  if (!places.empty()) {
    note_mount_points(session_directory, plan.project, places);
  }
  if (disk) {
    write_file_atomically(session_directory / kept_disk_file, disk->directory().native());
  }
}

Frozen freeze_kept_disk(SshConnection& ssh) noexcept {
  try {
    return ssh.run({.command = "/usr/lib/agentbox/agentbox-guest freeze-kept"}).status.success() ? Frozen::yes
                                                                                                 : Frozen::no;
  } catch (const std::exception&) {
    return Frozen::no;
  }
}

void mark_whole(const fs::path& disk) noexcept {
  try {
    HotStore::mark_whole(disk);
  } catch (const std::exception&) {
    return;  // its next session begins with an empty one
  }
}

fs::path kept_disk_of(const fs::path& session_directory) {
  return read_file_if_exists(session_directory / kept_disk_file).value_or("");
}

}  // namespace agentbox
