// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/history_store.hpp"

#include <algorithm>
#include <tuple>

#include "core/error.hpp"
#include "store/project_name.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// Beside the agents' directories; no agent can be called so.
constexpr const char* project_file = ".project";
constexpr const char* lock_suffix = ".lock";

}  // namespace

HistoryStore::HistoryStore(fs::path directory) : directory_(std::move(directory)) {}

fs::path HistoryStore::project_directory(const fs::path& project) const {
  return directory_ / project_name(project);
}

fs::path HistoryStore::directory(const fs::path& project, const std::string& agent) const {
  return project_directory(project) / agent;
}

std::vector<HistoryStore::Entry> HistoryStore::list() const {
  std::vector<Entry> entries;
  std::error_code missing;
  for (const auto& project : fs::directory_iterator(directory_, missing)) {
    const fs::path name = read_file_if_exists(project.path() / project_file).value_or("");
    std::error_code gone;
    for (const auto& agent : fs::directory_iterator(project.path(), gone)) {
      if (agent.is_directory() && !agent.path().filename().string().starts_with(".")) {
        entries.push_back({.project = name,
                           .agent = agent.path().filename().string(),
                           .directory = agent.path(),
                           .bytes = allocated_bytes_below(agent.path()),
                           .used = agent.last_write_time()});
      }
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& one, const Entry& other) {
    return std::tie(one.project, one.agent) < std::tie(other.project, other.agent);
  });
  return entries;
}

void HistoryStore::open(const fs::path& project, const std::string& agent, const std::vector<std::string>& parts) const {
  const fs::path place = directory(project, agent);
  for (const auto& part : parts) {
    make_directories(place / part);
  }
  const fs::path note = place.parent_path() / project_file;
  if (read_file_if_exists(note) != project.native()) {
    write_file_atomically(note, project.native());
  }
  fs::last_write_time(place, fs::file_time_type::clock::now());
}

std::optional<FileLock> HistoryStore::try_lock(const fs::path& project, const std::string& agent) const {
  // Beside the agent's directory: the guest writes in that.
  const fs::path place = project_directory(project);
  make_directories(place);
  return FileLock::try_acquire(place / ("." + agent + lock_suffix), LockMode::exclusive);
}

void HistoryStore::remove(const Entry& entry) {
  remove_tree(entry.directory);
  if (fs::exists(entry.directory)) {
    throw Error(ErrorKind::environment, "cannot remove all of " + entry.directory.string(),
                "a session may be using it: agentbox ls");
  }
  const fs::path project = entry.directory.parent_path();
  const bool last = std::all_of(fs::directory_iterator(project), fs::directory_iterator(), [](const fs::directory_entry& other) {
    return other.path().filename().string().starts_with(".");  // notes of ours
  });
  if (last) {
    remove_tree(project);
  }
}

}  // namespace agentbox
