// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/snapshot_store.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "store/aside.hpp"
#include "store/snapshot_manifest.hpp"
#include "store/strict_json.hpp"
#include "sys/files.hpp"

#include <algorithm>
#include <system_error>
#include <tuple>

namespace agentbox {

namespace {

namespace fs = std::filesystem;

constexpr const char* disk_name = "disk.qcow2";

std::string in_quotes(const std::string& name) { return "\"" + escape_untrusted(name, 64) + "\""; }

Error name_taken(const std::string& name) {
  return Error(ErrorKind::usage, "there is a snapshot " + in_quotes(name) + " already",
               "Choose another name, or remove it: agentbox snapshot rm " + name);
}

/// Puts the disk's file at target as well: under a second name where possible, as a copy where not.
void link_or_copy(const fs::path& disk, const fs::path& target) {
  std::error_code error;
  fs::create_hard_link(disk, target, error);
  if (error) {  // another file system, or one without hard links
    copy_sparse(disk, target, 0400);
    return;
  }
  sync_path(target);
}

ListedSnapshot read_snapshot(const fs::path& directory) {
  ListedSnapshot snapshot{.manifest = {}, .directory = directory, .problem = {}};
  try {
    snapshot.manifest = load_snapshot_manifest(directory);
  } catch (const Error& error) {
    snapshot.manifest.name = directory.filename();
    snapshot.problem = error.what();
  }
  return snapshot;
}

}  // namespace

SnapshotStore::SnapshotStore(fs::path snapshots_directory) : snapshots_directory_(std::move(snapshots_directory)) {}

fs::path SnapshotStore::directory_of(const std::string& name) const { return snapshots_directory_ / name; }
fs::path SnapshotStore::disk_of(const std::string& name) const { return directory_of(name) / disk_name; }

SnapshotManifest SnapshotStore::create(SnapshotManifest manifest, const fs::path& disk) {
  if (!is_plain_name(manifest.name)) {
    throw Error(ErrorKind::usage, in_quotes(manifest.name) + " cannot be the name of a snapshot",
                "Use lower-case letters, digits and . _ + -, beginning with a letter or a digit.");
  }
  if (fs::exists(directory_of(manifest.name))) {
    throw name_taken(manifest.name);  // before a copy that may take long
  }
  manifest.created = utc_timestamp();
  remove_leftovers(snapshots_directory_);
  AsideDirectory aside(snapshots_directory_);
  link_or_copy(disk, aside.path() / disk_name);
  save_snapshot_manifest(aside.path(), manifest);
  sync_path(aside.path());
  if (!aside.move_to(manifest.name)) {
    throw name_taken(manifest.name);  // somebody was faster
  }
  sync_path(snapshots_directory_);
  // Only now may the file become read-only and its old name go: until here the session could still have been kept.
  std::error_code error;
  fs::permissions(disk_of(manifest.name), fs::perms::owner_read, error);
  fs::remove(disk, error);
  return manifest;
}

std::vector<ListedSnapshot> SnapshotStore::list() const {
  std::vector<ListedSnapshot> snapshots;
  for (const auto& name : names_in(snapshots_directory_)) {
    snapshots.push_back(read_snapshot(directory_of(name)));
  }
  std::sort(snapshots.begin(), snapshots.end(), [](const auto& a, const auto& b) {
    return std::tie(a.manifest.created, a.manifest.name) < std::tie(b.manifest.created, b.manifest.name);
  });
  return snapshots;
}

SnapshotManifest SnapshotStore::load(const std::string& name) const {
  if (!is_plain_name(name) || !fs::exists(directory_of(name))) {
    std::vector<std::string> names;
    for (const auto& snapshot : list()) {
      names.push_back(snapshot.manifest.name);
    }
    const std::string near = closest_match(name, names);
    throw Error(ErrorKind::usage, "there is no snapshot " + in_quotes(name),
                near.empty() ? "See what there is: agentbox snapshot ls" : "Did you mean " + near + "?");
  }
  SnapshotManifest manifest = load_snapshot_manifest(directory_of(name));
  if (!fs::is_regular_file(fs::symlink_status(disk_of(name)))) {
    throw Error(ErrorKind::environment, "the snapshot " + in_quotes(name) + " has no disk",
                "It cannot be used any more; remove it: agentbox snapshot rm " + name);
  }
  return manifest;
}

void SnapshotStore::remove(const std::string& name) {
  if (!is_plain_name(name) || !fs::exists(directory_of(name))) {
    throw Error(ErrorKind::usage, "there is no snapshot " + in_quotes(name), "See what there is: agentbox snapshot ls");
  }
  for (const auto& other : list()) {
    const auto& chain = other.manifest.disk_chain;
    if (std::find(chain.begin(), chain.end(), disk_of(name)) != chain.end()) {
      throw Error(ErrorKind::usage,
                  "the snapshot " + in_quotes(name) + " is needed by " + in_quotes(other.manifest.name),
                  "Remove that one first: agentbox snapshot rm " + other.manifest.name);
    }
  }
  if (!remove_as_a_whole(directory_of(name))) {
    throw Error(ErrorKind::environment, "cannot remove " + escape_untrusted(directory_of(name).native()));
  }
}

}  // namespace agentbox
