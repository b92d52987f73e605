// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/egress_archive.hpp"

#include "core/text.hpp"
#include "sys/files.hpp"

#include <algorithm>
#include <exception>
#include <system_error>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

std::uintmax_t size_of(const fs::path& file) {
  std::error_code missing;
  const auto size = fs::file_size(file, missing);
  return missing ? 0 : size;
}

}  // namespace

EgressArchive EgressArchive::beside(const fs::path& sessions_directory) {
  return EgressArchive(sessions_directory.parent_path() / "egress");
}

void EgressArchive::take(const fs::path& session_directory, const std::string& id) const noexcept try {
  if (!is_plain_name(id) || size_of(session_directory / egress_log_name) == 0) {
    return;
  }
  make_directories(directory_, 0700);
  if (size_of(session_directory / older_egress_log_name) > 0) {
    fs::rename(session_directory / older_egress_log_name, older_part(id));
  }
  fs::rename(session_directory / egress_log_name, part(id));
  prune();
} catch (const std::exception&) {
}

std::vector<EgressArchive::Entry> EgressArchive::list() const {
  std::vector<Entry> entries;
  std::error_code missing;
  for (const auto& file : fs::directory_iterator(directory_, missing)) {
    const std::string id = file.path().stem();  // "x.old" of an older part, which is no plain name of a session's
    if (file.path().extension() != ".jsonl" || id.ends_with(".old")) {
      continue;
    }
    std::error_code gone;
    const auto ended = fs::last_write_time(file.path(), gone);
    if (!gone) {
      entries.push_back({id, ended, size_of(file.path()) + size_of(older_part(id))});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.ended > b.ended; });
  return entries;
}

void EgressArchive::prune() const {
  std::size_t sessions = 0;
  std::uintmax_t bytes = 0;
  for (const Entry& entry : list()) {
    bytes += entry.bytes;
    if (++sessions > most_sessions || bytes > most_bytes) {
      std::error_code ignored;
      fs::remove(part(entry.id), ignored);
      fs::remove(older_part(entry.id), ignored);
    }
  }
}

std::vector<fs::path> EgressArchive::find(const std::string& id) const {
  const auto entries = list();
  std::vector<std::string> found;
  for (const Entry& entry : entries) {
    if (entry.id == id || (id == "last" && found.empty())) {
      found = {entry.id};
      break;
    }
    if (entry.id.starts_with(id)) {
      found.push_back(entry.id);
    }
  }
  if (found.size() != 1) {
    return {};
  }
  std::error_code missing;
  if (fs::exists(older_part(found.front()), missing)) {
    return {older_part(found.front()), part(found.front())};
  }
  return {part(found.front())};
}

}  // namespace agentbox
