// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/live_manifest.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "store/strict_json.hpp"
#include "sys/files.hpp"

#include <sys/stat.h>

namespace agentbox {

namespace {

namespace fs = std::filesystem;

constexpr const char* file_name = "live.json";

nlohmann::json to_json(const SavedFile& file) {
  return {{"size", file.size}, {"inode", file.inode}, {"changed_ns", file.changed_ns}};
}

SavedFile read_saved(StrictJson json) {
  SavedFile file{.size = json.integer("size", 0, INT64_MAX),
                  .inode = json.integer("inode", 0, INT64_MAX),
                  .changed_ns = json.integer("changed_ns", INT64_MIN, INT64_MAX)};
  json.finish();
  return file;
}

}  // namespace

SavedFile look_at_file(const fs::path& path, SavedTime time) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw system_error("cannot look at " + escape_untrusted(path.native()));
  }
  constexpr std::int64_t second = 1'000'000'000;
  const timespec& changed = time == SavedTime::inode ? status.st_ctim : status.st_mtim;
  return {.size = status.st_size,
          .inode = static_cast<std::int64_t>(status.st_ino),
          .changed_ns = changed.tv_sec * second + changed.tv_nsec};
}

bool is_live_snapshot(const fs::path& directory) { return fs::exists(directory / file_name); }

LiveManifest load_live_manifest(const fs::path& directory) {
  StrictJson json = StrictJson::load(directory / file_name);
  LiveManifest manifest{
      .source = json.text("source"),
      .qemu_version = json.text("qemu_version"),
      .machine_digest = json.text("machine_digest"),
      .accelerator = json.text("accelerator"),
      .disk_size = ByteSize(static_cast<std::uint64_t>(json.integer("disk_size", 0, INT64_MAX))),
      .ram = read_saved(json.object("ram")),
      .state = read_saved(json.object("state")),
      .disk = read_saved(json.object("disk")),
      .state_sha256 = json.text("state_sha256"),
      .terminal_modes = json.text("terminal_modes"),
      .network = json.text("network"),
      .credentials = json.text("credentials"),
      .history = json.has("history") ? json.text("history") : "",
      .max_tokens = json.text("max_tokens"),
      .max_cost = json.text("max_cost"),
      .max_requests = json.text("max_requests"),
      .forwards = json.texts("forwards"),
      .placeholders = json.texts("placeholders"),
      .login_port = json.has("login_port") ? json.text("login_port") : "",
      .login_greeting_sha256 = json.has("login_greeting_sha256") ? json.text("login_greeting_sha256") : "",
      .login_host_key = json.has("login_host_key") ? json.text("login_host_key") : "",
  };
  json.finish();
  return manifest;
}

void save_live_manifest(const fs::path& directory, const LiveManifest& manifest) {
  const nlohmann::json json = {
      {"source", manifest.source},
      {"qemu_version", manifest.qemu_version},
      {"machine_digest", manifest.machine_digest},
      {"accelerator", manifest.accelerator},
      {"disk_size", manifest.disk_size.bytes()},
      {"ram", to_json(manifest.ram)},
      {"state", to_json(manifest.state)},
      {"disk", to_json(manifest.disk)},
      {"state_sha256", manifest.state_sha256},
      {"terminal_modes", manifest.terminal_modes},
      {"network", manifest.network},
      {"credentials", manifest.credentials},
      {"history", manifest.history},
      {"max_tokens", manifest.max_tokens},
      {"max_cost", manifest.max_cost},
      {"max_requests", manifest.max_requests},
      {"forwards", manifest.forwards},
      {"placeholders", manifest.placeholders},
      {"login_port", manifest.login_port},
      {"login_greeting_sha256", manifest.login_greeting_sha256},
      {"login_host_key", manifest.login_host_key},
  };
  write_file_atomically(directory / file_name, to_json_text(json), 0600);
}

std::string live_snapshot_problem(const fs::path& directory, const LiveManifest& manifest) {
  try {
    if (look_at_file(LiveManifest::ram_in(directory), SavedTime::inode) != manifest.ram) {
      return "its memory has been changed";
    }
    if (look_at_file(LiveManifest::disk_in(directory), SavedTime::content) != manifest.disk) {
      return "its disk has been changed";
    }
    if (look_at_file(LiveManifest::state_in(directory), SavedTime::inode) != manifest.state ||
        sha256_hex(read_file(LiveManifest::state_in(directory), ByteSize::mebibytes(257))) != manifest.state_sha256) {
      return "the state of its devices has been changed";
    }
    if (!manifest.login_port.empty() &&
        sha256_hex(read_file(LiveManifest::greeting_in(directory), ByteSize::mebibytes(1))) != manifest.login_greeting_sha256) {
      return "what its SSH server has said has been changed";
    }
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace agentbox
