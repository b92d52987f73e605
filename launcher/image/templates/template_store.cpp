// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_store.hpp"

#include <fmt/chrono.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* manifest_file = "manifest.json";
constexpr const char* greeting_file = "greeting";

void pin(MachineTemplate& machine) {
  struct stat status {};
  if (stat(machine.ram().c_str(), &status) != 0) {
    throw system_error("cannot look at " + machine.ram().string());
  }
  constexpr std::int64_t second = 1'000'000'000;
  machine.ram_size = static_cast<std::uint64_t>(status.st_size);
  machine.ram_inode = status.st_ino;
  machine.ram_ctime_ns = status.st_ctim.tv_sec * second + status.st_ctim.tv_nsec;
}

// No value for anything that is not a whole manifest.
std::optional<MachineTemplate> read_manifest(const fs::path& directory) {
  const auto text = read_file_if_exists(directory / manifest_file);
  if (!text) {
    return std::nullopt;
  }
  try {
    const json value = json::parse(*text);
    return MachineTemplate{.directory = directory,
                           .base_build = value.at("base_build").get<std::string>(),
                           .created = value.at("created"),
                           .ram_size = value.at("ram_size"),
                           .ram_inode = value.at("ram_inode"),
                           .ram_ctime_ns = value.at("ram_ctime_ns"),
                           .greeting = value.value("waiting", false) ? read_file_if_exists(directory / greeting_file) : std::nullopt};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

bool unchanged(const MachineTemplate& machine) {
  MachineTemplate now = machine;
  try {
    pin(now);
  } catch (const Error&) {
    return false;
  }
  return now.ram_size == machine.ram_size && now.ram_inode == machine.ram_inode &&
         now.ram_ctime_ns == machine.ram_ctime_ns && fs::exists(machine.state()) && fs::exists(machine.disk().path);
}

bool contains(const std::vector<fs::path>& paths, const fs::path& path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

}  // namespace

std::string TemplateKey::name() const {
  const json value = {qemu_version, arguments_digest, base_build,           helper_digest,
                      to_string(shape.accelerator), shape.cpus, shape.memory.bytes(), disk.bytes()};
  constexpr std::size_t name_length = 24;
  return sha256_hex(value.dump()).substr(0, name_length);
}

TemplateStore::TemplateStore(fs::path directory) : directory_(std::move(directory)) {}

std::optional<MachineTemplate> TemplateStore::find(const TemplateKey& key) const {
  const fs::path place = directory_ / key.name();
  const auto machine = read_manifest(place);
  if (!machine) {
    return std::nullopt;
  }
  if (!unchanged(*machine)) {
    quarantine(place, "its files are not what its manifest says");
    return std::nullopt;
  }
  return machine;
}

std::vector<MachineTemplate> TemplateStore::list() const {
  std::vector<MachineTemplate> machines;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory_, missing)) {
    if (!entry.path().filename().string().starts_with(".")) {
      if (auto machine = read_manifest(entry.path())) {
        machines.push_back(std::move(*machine));
      }
    }
  }
  return machines;
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
  MachineTemplate machine{.directory = aside.path(),
                          .base_build = key.base_build,
                          .created = fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(
                                                                  std::chrono::system_clock::now()))),
                          .ram_size = 0,
                          .ram_inode = 0,
                          .ram_ctime_ns = 0,
                          .greeting = greeting};
  write_file_atomically(aside.path() / "lease", "", 0600);
  for (const fs::path& file : {machine.ram(), machine.state(), machine.disk().path}) {
    // QEMU before 8.2 opens the RAM file read-write even for a private mapping, so its owner must be able to.
    const auto owner = file == machine.ram() ? fs::perms::owner_read | fs::perms::owner_write : fs::perms::owner_read;
    fs::permissions(file, owner);
    sync_path(file);
  }
  if (greeting) {
    write_file_atomically(aside.path() / greeting_file, *greeting, 0444);
  }
  pin(machine);
  const json manifest = {{"base_build", machine.base_build.string()},
                         {"created", machine.created},
                         {"ram_size", machine.ram_size},
                         {"ram_inode", machine.ram_inode},
                         {"ram_ctime_ns", machine.ram_ctime_ns},
                         {"qemu", key.qemu_version},
                         {"waiting", greeting.has_value()},
                         {"accelerator", to_string(key.shape.accelerator)},
                         {"cpus", key.shape.cpus},
                         {"memory", key.shape.memory.bytes()}};
  write_file_atomically(aside.path() / manifest_file, manifest.dump(2) + "\n", 0644);
  const fs::path place = directory_ / key.name();
  remove_tree(place);  // what find() called no template
  fs::rename(aside.path(), place);
  aside.keep();
  sync_path(directory_);
  machine.directory = place;
  return machine;
}

FileLock TemplateStore::lease(const MachineTemplate& machine) {
  return FileLock::acquire(machine.directory / "lease", LockMode::shared);
}

void TemplateStore::quarantine(const fs::path& directory, const std::string& reason) const {
  make_directories(directory_ / ".quarantine");
  const fs::path place = directory_ / ".quarantine" / (directory.filename().string() + "-" + random_hex(4));
  std::error_code gone;  // somebody else was faster
  fs::rename(directory, place, gone);
  if (!gone) {
    write_file_atomically(place / "reason.txt", reason + "\n", 0644);
  }
}

std::vector<fs::path> TemplateStore::remove_unused(const std::vector<fs::path>& needed,
                                                   const std::vector<fs::path>& live_builds) const {
  std::vector<fs::path> removed;
  const auto remove_idle = [&removed](const fs::path& directory) {
    // The lock must be held until all is gone: whoever waits for a lease meanwhile then finds none.
    if (const auto idle = FileLock::try_acquire(directory / "lease", LockMode::exclusive)) {
      remove_tree(directory);
      removed.push_back(directory);
    }
  };
  for (const auto& machine : list()) {
    if (!contains(needed, machine.directory) && !contains(live_builds, machine.base_build)) {
      remove_idle(machine.directory);
    }
  }
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory_ / ".quarantine", missing)) {
    remove_idle(entry.path());
  }
  remove_interrupted();
  return removed;
}

void TemplateStore::remove_interrupted() const {
  make_directories(directory_ / ".locks");
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory_ / ".building", missing)) {
    if (const auto idle = FileLock::try_acquire(directory_ / ".locks" / entry.path().filename(), LockMode::exclusive)) {
      remove_tree(entry.path());
    }
  }
}

}  // namespace agentbox
