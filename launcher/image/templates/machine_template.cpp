// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/machine_template.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

#include <nlohmann/json.hpp>

#include <sys/stat.h>

#include <utility>

namespace agentbox {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* template_manifest = "manifest.json";
constexpr const char* greeting_file = "greeting";

// Links are not followed: a link to the very same file is another file.
std::optional<PinnedFile> look_at(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    return std::nullopt;
  }
  constexpr std::int64_t second = 1'000'000'000;
  return PinnedFile{.size = static_cast<std::uint64_t>(status.st_size),
                    .inode = status.st_ino,
                    .ctime_ns = status.st_ctim.tv_sec * second + status.st_ctim.tv_nsec};
}

PinnedFile pin(const fs::path& path) {
  const auto seen = look_at(path);
  if (!seen) {
    throw system_error("cannot look at " + path.string());
  }
  return *seen;
}

json to_json(const PinnedFile& file) {
  return {{"size", file.size}, {"inode", file.inode}, {"ctime_ns", file.ctime_ns}};
}

PinnedFile pin_from_json(const json& value) {
  return {.size = value.at("size"), .inode = value.at("inode"), .ctime_ns = value.at("ctime_ns")};
}

std::string state_digest(const MachineTemplate& machine) {
  return sha256_hex_of_file(machine.state());
}

std::optional<std::string> difference(const char* what, const fs::path& path, const PinnedFile& then) {
  const auto now = look_at(path);
  if (!now) {
    return std::string("its ") + what + " is gone";
  }
  if (now->inode != then.inode) {
    return std::string("its ") + what + " was replaced";
  }
  if (*now != then) {
    return std::string("its ") + what + " was changed";
  }
  return std::nullopt;
}

}  // namespace

void write_manifest(MachineTemplate& machine) {
  if (machine.greeting) {
    write_file_atomically(machine.directory / greeting_file, *machine.greeting, 0444);
  }
  machine.ram_pin = pin(machine.ram());
  machine.state_pin = pin(machine.state());
  machine.disk_pin = pin(machine.disk().path);
  machine.state_digest = state_digest(machine);
  const json manifest = {{"key", to_json(machine.key)},
                         {"created", machine.created},
                         {"mem", to_json(machine.ram_pin)},
                         {"state", to_json(machine.state_pin)},
                         {"disk", to_json(machine.disk_pin)},
                         {"state_sha256", machine.state_digest},
                         {"greeting_sha256", machine.greeting ? json(sha256_hex(*machine.greeting)) : json(nullptr)}};
  write_file_atomically(machine.directory / template_manifest,
                        manifest.dump(2, ' ', false, json::error_handler_t::replace) + "\n", 0644);
}

std::optional<MachineTemplate> read_manifest(const fs::path& directory) {
  const auto text = read_file_if_exists(directory / template_manifest);
  if (!text) {
    return std::nullopt;
  }
  try {
    const json value = json::parse(*text);
    const json& greeting = value.at("greeting_sha256");
    MachineTemplate machine{
        .directory = directory,
        .key = template_key_from_json(value.at("key")),
        .created = value.at("created"),
        .ram_pin = pin_from_json(value.at("mem")),
        .state_pin = pin_from_json(value.at("state")),
        .disk_pin = pin_from_json(value.at("disk")),
        .state_digest = value.at("state_sha256"),
        .greeting = greeting.is_null() ? std::nullopt : read_file_if_exists(directory / greeting_file)};
    if (const auto reason = read_file_if_exists(machine.quarantine_file())) {
      machine.quarantine = trim(*reason);
    }
    if (!greeting.is_null() && greeting != sha256_hex(machine.greeting.value_or(""))) {
      return std::nullopt;
    }
    return machine;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::optional<std::string> changed_file(const MachineTemplate& machine) {
  if (auto problem = difference("memory", machine.ram(), machine.ram_pin)) {
    return problem;
  }
  if (auto problem = difference("device state", machine.state(), machine.state_pin)) {
    return problem;
  }
  return difference("disk", machine.disk().path, machine.disk_pin);
}

std::optional<std::string> damage_of(const MachineTemplate& machine) {
  if (auto problem = changed_file(machine)) {
    return problem;
  }
  if (state_digest(machine) != machine.state_digest) {
    return "its device state is damaged";
  }
  return std::nullopt;
}

std::chrono::system_clock::time_point last_use(const MachineTemplate& machine) {
  struct stat status {};
  const time_t seconds = stat(machine.lease_file().c_str(), &status) == 0 ? status.st_mtim.tv_sec : 0;
  return std::chrono::system_clock::from_time_t(seconds);
}

}  // namespace agentbox
