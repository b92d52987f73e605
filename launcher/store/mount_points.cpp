// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/mount_points.hpp"

#include "core/text.hpp"
#include "store/aside.hpp"
#include "sys/beneath.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* mount_points_file = "mount-points";

// The project, then each place; all ended by NUL.
std::vector<std::string> noted_by(const fs::path& session, const fs::path& project) {
  auto fields = split(read_file_if_exists(session / mount_points_file).value_or(""), '\0');
  if (fields.size() < 2 || fields.front() != project.native()) {
    return {};
  }
  return {fields.begin() + 1, fields.end() - 1};
}

std::set<std::string> noted_by_others(const fs::path& session, const fs::path& project) {
  std::set<std::string> places;
  for (const auto& id : names_in(session.parent_path())) {
    if (id != session.filename()) {
      const auto noted = noted_by(session.parent_path() / id, project);
      places.insert(noted.begin(), noted.end());
    }
  }
  return places;
}

}  // namespace

void note_mount_points(const fs::path& session, const fs::path& project, const std::vector<std::string>& places) {
  const Beneath opened(project);
  const auto others = noted_by_others(session, project);
  std::string text = project.native() + '\0';
  bool any = false;
  for (const auto& place : places) {
    if (!opened.look_at(place) || others.contains(place)) {
      text += place + '\0';
      any = true;
    }
  }
  if (any) {
    write_file_atomically(session / mount_points_file, text);
  }
}

void remove_mount_points(const fs::path& session, const fs::path& project) noexcept {
  try {
    const auto places = noted_by(session, project);
    if (places.empty()) {
      return;
    }
    const auto others = noted_by_others(session, project);
    const Beneath opened(project);
    for (const auto& place : places) {
      const auto at = opened.place(place);
      if (at.parent && !others.contains(place)) {
        ::unlinkat(at.parent.get(), at.name.c_str(), AT_REMOVEDIR);  // no other than an empty one
      }
    }
    fs::remove(session / mount_points_file);
  } catch (const std::exception&) {
    return;  // an empty directory stays
  }
}

}  // namespace agentbox
