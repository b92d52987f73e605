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
constexpr const char* lease_name = "lease";

std::string in_quotes(const std::string& name) { return "\"" + escape_untrusted(name, 64) + "\""; }

Error name_taken(const std::string& name) {
  return Error(ErrorKind::usage, "there is a snapshot " + in_quotes(name) + " already",
               "Choose another name, or remove it: agentbox snapshot rm " + name);
}

std::string layer_name(std::size_t number) { return number == 0 ? disk_name : "disk." + std::to_string(number) + ".qcow2"; }

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

OwnLayers::OwnLayers(const fs::path& top, const std::vector<fs::path>& chain) : paths_{top} {
  for (const auto& layer : chain) {
    (layer.parent_path() == top.parent_path() ? paths_ : below_).push_back(layer);
  }
}

void OwnLayers::put_into(const fs::path& directory) const {
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    link_or_copy(paths_[i], directory / layer_name(i));
  }
}

std::vector<fs::path> OwnLayers::chain_in(const fs::path& directory) const {
  std::vector<fs::path> chain;
  for (std::size_t i = 1; i < paths_.size(); ++i) {
    chain.push_back(directory / layer_name(i));
  }
  chain.insert(chain.end(), below_.begin(), below_.end());
  return chain;
}

SnapshotStore::SnapshotStore(fs::path snapshots_directory) : snapshots_directory_(std::move(snapshots_directory)) {}

fs::path SnapshotStore::directory_of(const std::string& name) const { return snapshots_directory_ / name; }
fs::path SnapshotStore::disk_of(const std::string& name) const { return directory_of(name) / disk_name; }

SnapshotManifest SnapshotStore::create(SnapshotManifest manifest, const fs::path& disk) {
  const OwnLayers layers(disk, manifest.disk_chain);
  manifest.disk_chain = layers.chain_in(directory_of(manifest.name));
  manifest = create_filled(std::move(manifest), [&](const fs::path& directory) { layers.put_into(directory); });
  // Only now may the files become read-only and their old names go: until here the session could still have been kept.
  for (const auto& layer : layers.paths()) {
    std::error_code error;
    fs::permissions(layer, fs::perms::owner_read, error);
    fs::remove(layer, error);
  }
  return manifest;
}

void SnapshotStore::remove_unfinished() { remove_leftovers(snapshots_directory_); }

SnapshotManifest SnapshotStore::create_filled(SnapshotManifest manifest, const std::function<void(const fs::path&)>& fill) {
  if (!is_plain_name(manifest.name)) {
    throw Error(ErrorKind::usage, in_quotes(manifest.name) + " cannot be the name of a snapshot",
                "Use lower-case letters, digits and . _ + -, beginning with a letter or a digit.");
  }
  if (fs::exists(directory_of(manifest.name))) {
    throw name_taken(manifest.name);  // before a copy that may take long
  }
  manifest.created = utc_timestamp();
  manifest.top = disk_name;
  remove_leftovers(snapshots_directory_);
  AsideDirectory aside(snapshots_directory_);
  fill(aside.path());
  save_snapshot_manifest(aside.path(), manifest);
  sync_path(aside.path());
  if (!aside.move_to(manifest.name)) {
    throw name_taken(manifest.name);  // somebody was faster
  }
  sync_path(snapshots_directory_);
  return manifest;
}

FileLock SnapshotStore::lease(const std::string& name) const {
  auto lease = FileLock::try_acquire(directory_of(name) / lease_name, LockMode::shared);
  if (!lease) {
    throw Error(ErrorKind::usage, "the snapshot " + in_quotes(name) + " is being removed");
  }
  return std::move(*lease);
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
  // Held until all is gone: who wants a lease meanwhile then finds none.
  const auto idle = FileLock::try_acquire(directory_of(name) / lease_name, LockMode::exclusive);
  if (!idle) {
    throw Error(ErrorKind::usage, "sessions that run stand on the snapshot " + in_quotes(name), "End them first: agentbox ls");
  }
  if (!remove_as_a_whole(directory_of(name))) {
    throw Error(ErrorKind::environment, "cannot remove " + escape_untrusted(directory_of(name).native()));
  }
}

}  // namespace agentbox
