// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "store/history_store.hpp"

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;

HistoryStore history_of(const Application& application) { return HistoryStore(application.directories.data / "history"); }

}  // namespace

int execute(const ListHistory& options, const CommandContext& context) {
  Listing listing{.heading = {"PROJECT", "AGENT", "SIZE"}, .rows = {}};
  for (const auto& entry : history_of(context.open()).list()) {
    listing.rows.push_back({entry.project.empty() ? "?" : abbreviate_home(entry.project), entry.agent, ByteSize(entry.bytes).to_string()});
    listing.json.push_back({{"project", entry.project.string()},
                            {"agent", entry.agent},
                            {"bytes", entry.bytes},
                            {"directory", entry.directory.string()}});
  }
  print(format_listing(listing, options.format));
  return 0;
}

int execute(const RemoveHistory& options, const CommandContext& context) {
  const HistoryStore store = history_of(context.open());
  const std::filesystem::path project = named_project(options.directory);
  std::size_t removed = 0;
  for (const auto& entry : store.list()) {
    const bool meant = options.of == RemoveHistory::Of::all_projects || entry.project == project;
    if (meant && (options.agent.empty() || options.agent == entry.agent)) {
      HistoryStore::remove(entry);
      ++removed;
    }
  }
  if (removed == 0) {
    throw Error(ErrorKind::usage, "no conversations are kept for " + escape_untrusted(project.string()),
                "agentbox history ls shows what is kept");
  }
  return 0;
}

}  // namespace agentbox
