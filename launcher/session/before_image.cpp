// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/before_image.hpp"

#include <unistd.h>

#include "core/error.hpp"
#include "core/progress.hpp"
#include "guard/project_image.hpp"
#include "session/bring_out.hpp"
#include "session/guarding.hpp"
#include "store/aside.hpp"
#include "sys/files.hpp"
#include "workspace/changes/change_store.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* lock_name = "lock";

fs::path place_of_mount(const fs::path& place, std::size_t number) { return place / ("mount" + std::to_string(number)); }

void make_image(const fs::path& place, const ChangeSet& about, const GuardRules& rules) {
  const BlobStore blobs = BlobStore::packed(place / blobs_name);
  const ProjectImage image =
      image_of(Beneath(about.project), about.project, Guard(rules_of(about.project, rules)), blobs, ImageLimits{});
  // Last and as a whole: without it there was no command yet.
  write_file_atomically(place / image_name, image_text(image, about));
}

/// A directory to look at, and where to keep what is found.
struct Wanted {
  fs::path place;
  ChangeSet about;
};

std::vector<Wanted> wanted_images(const RunPlan& plan, const std::string& session, const fs::path& place) {
  std::vector<Wanted> wanted;
  const auto add = [&](const fs::path& at, const std::string& id, const fs::path& directory) {
    wanted.push_back({at, {.id = id, .agent = plan.label, .project = directory.string(), .created = {}, .odd = {}, .changes = {}}});
  };
  if (plan.workspace == WorkspaceMode::live) {
    add(place, session, plan.project);
  }
  std::size_t number = 0;
  for (const auto& mount : plan.directories.mounts) {
    if (mount.access == WorkspaceExport::Access::read_write) {
      ++number;
      add(place_of_mount(place, number), id_of_mount(session, number), mount.host);
    }
  }
  return wanted;
}

void tell_of_unreadable(const std::vector<std::string>& paths, Progress& progress) {
  if (!paths.empty()) {
    progress.note("What you cannot read yourself cannot be copied; in the VM these are there, and closed to everybody: " + describe_paths(paths) + ".");
  }
}

}  // namespace

BeforeImage::BeforeImage(const RunPlan& plan, const SessionHandle& session, const Application& application) {
  const std::string& id = session.record().id;
  const fs::path place = before_images(id, application);
  auto wanted = wanted_images(plan, id, place);
  if (!wanted.empty()) {
    make_directories(place);
    lock_ = FileLock::acquire(place / lock_name, LockMode::exclusive);
  }
  if (plan.workspace == WorkspaceMode::copy) {
    // Now: the guest reads it all as soon as it is there.
    tell_of_unreadable(note_project(plan, session.directory()), application.progress);
  }
  made_ = std::async(std::launch::async, [wanted = std::move(wanted), &plan, directory = session.directory()] {
    if (plan.workspace != WorkspaceMode::copy) {
      note_project(plan, directory);
    }
    for (const auto& [at, about] : wanted) {
      make_image(at, about, plan.guard);
    }
  });
}

void BeforeImage::await() {
  if (made_.valid()) {
    made_.get();
  }
}

fs::path before_images(const std::string& session, const Application& application) { return application.directories.data / "before" / session; }

std::vector<std::string> sessions_with_images(const Application& application) { return names_in(application.directories.data / "before"); }

std::optional<FileLock> take_images(const fs::path& place) {
  try {
    return FileLock::try_acquire(place / lock_name, LockMode::exclusive);
  } catch (const Error&) {
    std::error_code error;
    if (!fs::is_directory(place, error)) {
      return std::nullopt;  // its owner was done with it while we reached for the lock
    }
    throw;
  }
}

std::vector<KeptImage> kept_images(const fs::path& place, const std::string& session) {
  std::vector<KeptImage> images;
  for (std::size_t number = 1; fs::exists(place_of_mount(place, number)); ++number) {
    images.push_back({place_of_mount(place, number), id_of_mount(session, number)});
  }
  images.push_back({place, session});
  std::erase_if(images, [](const auto& image) { return ::access((image.place / image_name).c_str(), F_OK) != 0; });
  return images;
}

}  // namespace agentbox
