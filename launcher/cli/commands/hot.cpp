// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/hot_directories.hpp"

namespace agentbox {

namespace {

const char* hot_state_word(HotStore::Entry::State state) {
  switch (state) {
    case HotStore::Entry::State::whole:
      return "kept";
    case HotStore::Entry::State::in_use:
      return "in use";
    case HotStore::Entry::State::cut_off:
      break;
  }
  return "cut off";
}

}  // namespace

int execute(const ListHot& options, const CommandContext& context) {
  Listing listing{.heading = {"PROJECT", "STATE", "SIZE"}, .rows = {}};
  for (const auto& entry : hot_store(context.open()).list()) {
    listing.rows.push_back({entry.project.empty() ? "?" : abbreviate_home(entry.project), hot_state_word(entry.state),
                            ByteSize(entry.bytes).to_string()});
    listing.json.push_back({{"project", entry.project.string()},
                            {"state", hot_state_word(entry.state)},
                            {"bytes", entry.bytes},
                            {"directory", entry.directory.string()}});
  }
  print(format_listing(listing, options.format));
  return 0;
}

int execute(const RemoveHot& options, const CommandContext& context) {
  const std::filesystem::path project = named_project(options.directory);
  std::size_t removed = 0;
  for (const auto& entry : hot_store(context.open()).list()) {
    if (options.of != RemoveHot::Of::all_projects && entry.project != project) {
      continue;
    }
    if (!HotStore::remove(entry)) {
      throw Error(ErrorKind::environment,
                  "a session has the hot directories of " + escape_untrusted(entry.project.string()),
                  "agentbox ls shows it");
    }
    ++removed;
  }
  if (removed == 0) {
    throw Error(ErrorKind::usage, "no hot directories are kept for " + escape_untrusted(project.string()),
                "agentbox hot ls shows what is kept");
  }
  return 0;
}

}  // namespace agentbox
