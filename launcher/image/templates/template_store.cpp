// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_store.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/templates/template_expiry.hpp"
#include "store/aside.hpp"
#include "sys/files.hpp"

#include <fmt/chrono.h>

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

bool contains(const std::vector<fs::path>& paths, const fs::path& path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

// No value: it went away meanwhile. Whoever removes templates holds the lock until all is gone.
std::optional<FileLock> lease(const MachineTemplate& machine) {
  try {
    return FileLock::acquire(machine.lease_file(), LockMode::shared);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    if (fs::exists(machine.directory)) {
      throw;
    }
    return std::nullopt;
  }
}

void note_use(const FileLock& lease) { futimens(lease.fd(), nullptr); }

TemplateUse use_of(const MachineTemplate& machine) {
  return {.last_use = last_use(machine),
          .bytes = allocated_bytes_below(machine.directory),
          .hold = TemplateStore::leased(machine.directory) ? TemplateUse::Hold::held : TemplateUse::Hold::free};
}

}  // namespace

TemplateStore::TemplateStore(fs::path directory) : directory_(std::move(directory)) {}

std::optional<LeasedTemplate> TemplateStore::take(const TemplateKey& key,
                                                  const std::function<void(const std::string&)>& on_damage) const {
  for (const auto& directory : directories()) {
    if (!directory.filename().string().starts_with(key.name() + "-")) {
      continue;
    }
    auto machine = read_manifest(directory);
    if (!machine || machine->quarantine || machine->key != key) {
      continue;
    }
    // Only what is looked at under the lease stays what it was seen to be.
    auto held = lease(*machine);
    if (!held) {
      continue;
    }
    if (const auto damage = damage_of(*machine)) {
      quarantine(*machine, *damage);
      if (on_damage) {
        on_damage(*damage);
      }
      continue;
    }
    note_use(*held);
    return LeasedTemplate{std::move(*machine), std::move(*held)};
  }
  return std::nullopt;
}

std::vector<fs::path> TemplateStore::directories() const {
  std::vector<fs::path> found;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory_, missing)) {
    if (!entry.path().filename().string().starts_with(".")) {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<MachineTemplate> TemplateStore::list() const {
  std::vector<MachineTemplate> machines;
  for (const auto& directory : directories()) {
    if (auto machine = read_manifest(directory)) {
      machines.push_back(std::move(*machine));
    }
  }
  return machines;
}

bool TemplateStore::leased(const fs::path& directory) {
  // Without a lease file nobody can hold it, and asking must not make one.
  return fs::exists(directory / "lease") && !FileLock::try_acquire(directory / "lease", LockMode::exclusive);
}

std::optional<FileLock> TemplateStore::try_lock(const TemplateKey& key) const {
  make_directories(directory_ / ".locks");
  return FileLock::try_acquire(directory_ / ".locks" / key.name(), LockMode::exclusive);
}

FileLock TemplateStore::lock(const TemplateKey& key) const {
  make_directories(directory_ / ".locks");
  return FileLock::acquire(directory_ / ".locks" / key.name(), LockMode::exclusive);
}

TempDir TemplateStore::begin(const TemplateKey& key) const {
  const fs::path aside = directory_ / ".building" / key.name();
  remove_tree(aside);
  make_directories(aside);
  return TempDir(aside, "template");
}

MachineTemplate TemplateStore::publish(TempDir aside, const TemplateKey& key,
                                       const std::optional<std::string>& greeting) const {
  MachineTemplate machine{
      .directory = aside.path(),
      .key = key,
      .created =
          fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()))),
      .greeting = greeting};
  write_file_atomically(machine.lease_file(), "", 0600);
  for (const fs::path& file : {machine.ram(), machine.state(), machine.disk().path}) {
    // QEMU before 8.2 opens the RAM file read-write even for a private mapping, so its owner must be able to.
    const auto owner = file == machine.ram() ? fs::perms::owner_read | fs::perms::owner_write : fs::perms::owner_read;
    fs::permissions(file, owner);
    sync_path(file);
  }
  write_manifest(machine);
  const fs::path place = directory_ / (key.name() + "-" + random_hex(2));
  fs::rename(aside.path(), place);
  aside.keep();
  sync_path(directory_);
  machine.directory = place;
  return machine;
}

void TemplateStore::quarantine(const MachineTemplate& machine, const std::string& reason) {
  if (fs::exists(machine.directory)) {
    write_file_atomically(machine.quarantine_file(), reason + "\n", 0644);
  }
}

bool TemplateStore::remove(const fs::path& directory) {
  // By one rename, so that nobody who waits for a lease makes one in what is half gone.
  if (!fs::exists(directory / "lease")) {
    return remove_as_a_whole(directory);
  }
  const auto idle = FileLock::try_acquire(directory / "lease", LockMode::exclusive);
  return idle && remove_as_a_whole(directory);
}

std::vector<RemovedTemplate> TemplateStore::remove_unused(const TemplateNeeds& needs,
                                                          const TemplateLimits& limits) const {
  std::vector<RemovedTemplate> removed;
  const auto remove_idle = [&removed](const fs::path& directory, const std::string& reason) {
    if (remove(directory)) {
      removed.push_back({directory, reason});
    }
  };
  std::vector<MachineTemplate> rest;
  std::vector<TemplateUse> uses;
  for (const auto& directory : directories()) {
    const auto machine = read_manifest(directory);
    if (contains(needs.directories, directory)) {
      if (machine && machine->quarantine && !leased(directory)) {
        remove_tree(machine->ram());
        remove_tree(machine->state());
      }
    } else if (!machine) {
      remove_idle(directory, "it cannot be read");
    } else if (machine->quarantine) {
      remove_idle(directory, *machine->quarantine);
    } else if (!contains(needs.live_builds, machine->key.base_build)) {
      remove_idle(directory, "its base image was replaced");
    } else {
      uses.push_back(use_of(*machine));
      rest.push_back(*machine);
    }
  }
  const auto reasons = expire(uses, limits, std::chrono::system_clock::now());
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (reasons[i]) {
      remove_idle(rest[i].directory, *reasons[i]);
    }
  }
  remove_interrupted();
  return removed;
}

void TemplateStore::remove_interrupted() const {
  remove_leftovers(directory_);
  make_directories(directory_ / ".locks");
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory_ / ".building", missing)) {
    if (const auto idle = FileLock::try_acquire(directory_ / ".locks" / entry.path().filename(), LockMode::exclusive)) {
      remove_tree(entry.path());
    }
  }
}

}  // namespace agentbox
