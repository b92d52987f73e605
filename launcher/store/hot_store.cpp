// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/hot_store.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "store/project_name.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* hot_image_file = "disk.raw";
constexpr const char* hot_lock_file = "lock";
constexpr const char* hot_project_file = "project";
constexpr const char* hot_whole_file = "whole";

// Of blocks that read as zeros, so that almost nothing is written: tables and journal are set up by the guest as it
// needs them.
void make_hot_disk(const fs::path& image, ByteSize size) {
  const fs::path program = find_program("mke2fs");
  if (program.empty()) {
    throw Error(ErrorKind::environment, "cannot keep hot directories: mke2fs is not installed",
                "apt install e2fsprogs, or --hot-state fresh");
  }
  const fs::path aside = image.parent_path() / "disk.new";
  {
    const UniqueFd file = open_file(aside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (::ftruncate(file.get(), static_cast<off_t>(size.bytes())) != 0) {
      throw system_error("cannot make a disk of " + size.to_string());
    }
  }
  const Captured made = run_and_capture(
      {.argv = {program.native(), "-q", "-F", "-t", "ext4", "-m", "0", "-J", "size=32", "-L", "agentbox-hot", "-E",
                "root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1,nodiscard", aside.native()}},
      std::chrono::minutes(2));
  if (!made.status.success()) {
    throw Error(ErrorKind::environment,
                "mke2fs could not make a file system for hot directories (" + made.status.describe() + ")",
                escape_untrusted(trim(made.error_output), 500));
  }
  fs::rename(aside, image);
}

}  // namespace

std::optional<KeptDisk> HotStore::open(const fs::path& project, ByteSize size) const {
  const fs::path place = directory_ / project_name(project);
  make_directories(place);
  auto lock = FileLock::try_acquire(place / hot_lock_file, LockMode::exclusive);
  if (!lock) {
    return std::nullopt;
  }
  if (read_file_if_exists(place / hot_project_file) != project.native()) {
    write_file_atomically(place / hot_project_file, project.native());
  }
  std::error_code missing;
  const bool there = fs::file_size(place / hot_image_file, missing) == size.bytes() && !missing;
  const bool whole = fs::remove(place / hot_whole_file);
  sync_path(place);
  if (!there || !whole) {
    make_hot_disk(place / hot_image_file, size);
  }
  return KeptDisk(place, std::move(*lock),
                  there && whole ? KeptDisk::Found::kept
                  : there        ? KeptDisk::Found::cut_off
                                 : KeptDisk::Found::fresh);
}

void HotStore::mark_whole(const fs::path& directory) { write_file_atomically(directory / hot_whole_file, ""); }

std::vector<HotStore::Entry> HotStore::list() const {
  std::vector<Entry> entries;
  std::error_code missing;
  for (const auto& place : fs::directory_iterator(directory_, missing)) {
    if (!place.is_directory()) {
      continue;
    }
    std::error_code gone;
    const bool whole = fs::exists(place.path() / hot_whole_file, gone);
    const bool free = FileLock::try_acquire(place.path() / hot_lock_file, LockMode::exclusive).has_value();
    entries.push_back({.project = read_file_if_exists(place.path() / hot_project_file).value_or(""),
                       .directory = place.path(),
                       .bytes = allocated_bytes_below(place.path()),
                       .state = !free   ? Entry::State::in_use
                                : whole ? Entry::State::whole
                                        : Entry::State::cut_off});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& one, const Entry& other) { return one.project < other.project; });
  return entries;
}

bool HotStore::remove(const Entry& entry) {
  // Held until all is gone: who opens it meanwhile finds no lock of that name any more, and makes a new one.
  const auto lock = FileLock::try_acquire(entry.directory / hot_lock_file, LockMode::exclusive);
  if (lock) {
    remove_tree(entry.directory);
  }
  return lock.has_value();
}

}  // namespace agentbox
