// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/snapshot_manifest.hpp"

#include "store/strict_json.hpp"
#include "sys/files.hpp"

namespace agentbox {

namespace {

std::vector<std::filesystem::path> read_chain(StrictJson& json) {
  std::vector<std::filesystem::path> chain;
  for (const std::filesystem::path path : json.texts("disk_chain")) {
    if (!path.is_absolute()) {
      json.refuse("disk_chain", "holds a path that is not absolute");
    }
    chain.push_back(path);
  }
  return chain;
}

}  // namespace

SnapshotManifest load_snapshot_manifest(const std::filesystem::path& directory) {
  StrictJson json = StrictJson::load(directory / "manifest.json");
  SnapshotManifest manifest{
      .name = json.text("name"),
      .created = json.text("created"),
      .agent = json.text("agent"),
      .project = json.text("project"),
      .workspace = json.text("workspace"),
      .base = json.text("base"),
      .base_build = json.text("base_build"),
      .cpus = static_cast<int>(json.integer("cpus", 1, 4096)),
      .memory = ByteSize(static_cast<std::uint64_t>(json.integer("memory", 1, INT64_MAX))),
      .policy = json.text("policy"),
      .guest_user = json.text("guest_user"),
      .top = json.has("top") ? json.text("top") : "disk.qcow2",
      .disk_chain = read_chain(json),
      .template_directory = json.text("template_directory"),
  };
  json.finish();
  if (manifest.name != directory.filename()) {
    json.refuse("name", "is not the name of its directory");
  }
  return manifest;
}

void save_snapshot_manifest(const std::filesystem::path& directory, const SnapshotManifest& manifest) {
  auto chain = nlohmann::json::array();
  for (const auto& path : manifest.disk_chain) {
    chain.push_back(path.native());
  }
  nlohmann::json json = {
      {"name", manifest.name},
      {"created", manifest.created},
      {"agent", manifest.agent},
      {"project", manifest.project},
      {"workspace", manifest.workspace},
      {"base", manifest.base},
      {"base_build", manifest.base_build.native()},
      {"cpus", manifest.cpus},
      {"memory", manifest.memory.bytes()},
      {"policy", manifest.policy},
      {"guest_user", manifest.guest_user},
      {"disk_chain", chain},
      {"template_directory", manifest.template_directory},
  };
  if (manifest.top != "disk.qcow2") {
    json["top"] = manifest.top;
  }
  write_file_atomically(directory / "manifest.json", to_json_text(json));
}

}  // namespace agentbox
