// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "store/live_manifest.hpp"
#include "sys/files.hpp"

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

int execute(const TakeSnapshot& options, const CommandContext& context) {
  const SavedSession saved = save_session(options.session, options.name, context.open());
  if (options.format == Format::json) {
    print(format_json(Json{{"snapshot", saved.name}, {"stood_still_ms", saved.stood_still.count()}, {"written_bytes", saved.written_bytes}}));
    return 0;
  }
  print(saved.name + "\n");
  if (context.verbosity == Verbosity::verbose) {
    print_error_output("agentbox: the VM stood still for " + format_duration(saved.stood_still) + "; " +
                       ByteSize(saved.written_bytes).to_string() + " of its memory were the session's own\n");
  }
  return 0;
}

int execute(const ForkOptions& options, const CommandContext& context) {
  fork_session(options.source, options.count, context.open(), [](const std::string& session) { print(session + "\n"); });
  return 0;
}

int execute(const ListSnapshots& options, const CommandContext& context) {
  Listing listing{.heading = {"SNAPSHOT", "KIND", "AGENT", "PROJECT", "SIZE", "AGE", "PROBLEM"}, .rows = {}};
  const auto now = std::chrono::system_clock::now();
  for (const auto& [snapshot, directory, problem] : snapshots_of(context.open()).list()) {
    const std::string name = snapshot.name.empty() ? directory.filename().string() : snapshot.name;
    const std::uint64_t bytes = allocated_bytes_below(directory);
    const std::string kind = is_live_snapshot(directory) ? "live" : "disk";
    listing.rows.push_back({name, kind, snapshot.agent, snapshot.project.empty() ? "-" : abbreviate_home(snapshot.project),
                            ByteSize(bytes).to_string(), format_age(snapshot.created, now), problem});
    Json value = to_json_value(snapshot);
    value["kind"] = kind;
    value["bytes"] = bytes;
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
  const auto directory = store.directory_of(options.name);
  const std::string source = is_live_snapshot(directory) ? load_live_manifest(directory).source : "";
  if (options.format == Format::json) {
    Json value = to_json_value(snapshot);
    value["kind"] = source.empty() ? "disk" : "live";
    value["source"] = source;
    value["directory"] = store.directory_of(options.name).string();
    print(format_json(value));
    return 0;
  }
  print(format_fields({{"snapshot", snapshot.name},
                       {"kind", source.empty() ? "disk" : "live: its command goes on where it was"},
                       {"of session", source},
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
  const Application application = context.open();
  for (const auto& name : options.names) {
    remove_snapshot(name, application);
  }
  return 0;
}

}  // namespace agentbox
