// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;

SnapshotStore snapshots_of(const Application& application) {
  return SnapshotStore(application.directories.data / "snapshots");
}

Json to_json_value(const SnapshotManifest& snapshot) {
  return {{"name", snapshot.name},       {"created", snapshot.created},     {"agent", snapshot.agent},
          {"project", snapshot.project}, {"workspace", snapshot.workspace}, {"base", snapshot.base},
          {"policy", snapshot.policy},   {"cpus", snapshot.cpus},           {"memory", snapshot.memory.bytes()}};
}

}  // namespace

int execute(const ListSnapshots& options, const CommandContext& context) {
  Listing listing{.heading = {"SNAPSHOT", "AGENT", "PROJECT", "AGE", "PROBLEM"}, .rows = {}};
  const auto now = std::chrono::system_clock::now();
  for (const auto& [snapshot, directory, problem] : snapshots_of(context.open()).list()) {
    const std::string name = snapshot.name.empty() ? directory.filename().string() : snapshot.name;
    listing.rows.push_back({name, snapshot.agent, snapshot.project.empty() ? "-" : abbreviate_home(snapshot.project),
                            format_age(snapshot.created, now), problem});
    Json value = to_json_value(snapshot);
    value["name"] = name;
    value["directory"] = directory.string();
    value["problem"] = problem.empty() ? Json(nullptr) : Json(problem);
    listing.json.push_back(std::move(value));
  }
  print(format_listing(listing, options.format));
  return 0;
}

int execute(const ShowSnapshot& options, const CommandContext& context) {
  const SnapshotStore store = snapshots_of(context.open());
  const SnapshotManifest snapshot = store.load(options.name);
  if (options.format == Format::json) {
    Json value = to_json_value(snapshot);
    value["directory"] = store.directory_of(options.name).string();
    print(format_json(value));
    return 0;
  }
  print(format_fields({{"snapshot", snapshot.name},
                       {"made", snapshot.created},
                       {"agent", snapshot.agent},
                       {"project", snapshot.project.empty() ? "(none)" : snapshot.project},
                       {"workspace", snapshot.workspace},
                       {"base", snapshot.base},
                       {"policy", snapshot.policy},
                       {"machine", std::to_string(snapshot.cpus) + " CPUs, " + snapshot.memory.to_string() + " memory"},
                       {"directory", store.directory_of(options.name).string()}}));
  return 0;
}

int execute(const RemoveSnapshots& options, const CommandContext& context) {
  SnapshotStore store = snapshots_of(context.open());
  for (const auto& name : options.names) {
    store.remove(name);
  }
  return 0;
}

}  // namespace agentbox
