// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "session/bring_out.hpp"
#include "session/manage.hpp"
#include "session/recording.hpp"

#include <algorithm>
#include <concepts>
#include <optional>

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;

std::string state_of(const ListedSession& session) {
  if (session.broken) {
    return "broken";
  }
  if (session.record.phase == SessionPhase::kept) {
    return session.live ? "kept" : "kept, ended";
  }
  if (session.record.phase == SessionPhase::unsaved) {
    return "unsaved changes";
  }
  if (session.record.phase == SessionPhase::ended) {
    return "ended";
  }
  return session.live ? to_string(session.record.phase) : "crashed";
}

Listing list_sessions(const std::vector<ListedSession>& sessions) {
  Listing listing{.heading = {"ID", "AGENT", "PROJECT", "STATE", "AGE"}, .rows = {}};
  const auto now = std::chrono::system_clock::now();
  for (const auto& session : sessions) {
    const SessionRecord& record = session.record;
    const std::string state = state_of(session);
    listing.rows.push_back({record.id, record.agent, record.project.empty() ? "-" : abbreviate_home(record.project),
                            state == "ended" ? state + ": " + record.outcome : state, format_age(record.started, now)});
    listing.json.push_back(Json{{"id", record.id},
                                {"agent", record.agent},
                                {"project", record.project},
                                {"workspace", record.workspace},
                                {"base", record.base},
                                {"policy", record.policy},
                                {"state", state},
                                {"live", session.live},
                                {"started", record.started},
                                {"outcome", record.outcome},
                                {"directory", session.directory.string()}});
  }
  return listing;
}

void add_change_sets(const std::vector<ChangeSet>& sets, Listing& listing) {
  for (const auto& set : sets) {
    if (set.origin == ChangeSet::Origin::live) {
      continue;  // nothing waits there
    }
    const std::size_t open = count_open(set);
    const std::string state = open > 0 ? std::to_string(open) + " to review" : "applied";
    listing.rows.push_back({set.id, set.agent, abbreviate_home(set.project), state, format_age(set.created, std::chrono::system_clock::now())});
    listing.json.push_back(Json{{"id", set.id},
                                {"agent", set.agent},
                                {"project", set.project},
                                {"state", open > 0 ? "review" : "applied"},
                                {"live", false},
                                {"started", set.created},
                                {"changes", set.changes.size()},
                                {"open", open}});
  }
}

Listing list_disk_use(std::vector<DiskUse> uses) {
  std::stable_sort(uses.begin(), uses.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  Listing listing{.heading = {"WHAT", "SIZE"}, .rows = {}};
  std::uint64_t sum = 0;
  for (const auto& use : uses) {
    listing.rows.push_back({use.what, ByteSize(use.bytes).to_string()});
    listing.json.push_back(Json{{"what", use.what}, {"bytes", use.bytes}});
    sum += use.bytes;
  }
  if (uses.size() > 1) {
    listing.rows.push_back({"all", ByteSize(sum).to_string()});
  }
  return listing;
}

/// All of them: one that fails is reported and does not save the others, as with rm(1). The first error is the command's.
template <std::invocable<const std::string&, const Application&> Act>
void for_each_session(const std::vector<std::string>& sessions, const Application& application, Act act) {
  std::optional<Error> first;
  for (const auto& session : sessions) {
    try {
      act(session, application);
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      if (first) {
        application.progress.note(error.what());
      } else {
        first = error;
      }
    }
  }
  if (first) {
    throw Error(*first);
  }
}

}  // namespace

int execute(const ExecOptions& options, const CommandContext& context) {
  ExecRequest request = options.request;
  request.recording = recording_file(options.record);
  return exec_in_session(request, context.open());
}

int execute(const AttachOptions& options, const CommandContext& context) {
  return attach_to_session({.session = options.session, .recording = recording_file(options.record)}, context.open());
}

int execute(const ListSessions& options, const CommandContext& context) {
  const Application application = context.open();
  Listing listing = options.of == ListSessions::Of::disk_use
                        ? list_disk_use(disk_use(application))
                        : list_sessions(SessionStore(application.directories.state / "sessions").list());
  // Not among the names: those are for stop and rm, and changes are discarded by no other command than that.
  if (options.of == ListSessions::Of::sessions && options.format != Format::names) {
    add_change_sets(change_store(application).list(), listing);
  }
  print(format_listing(listing, options.format));
  return 0;
}

int execute(const StopSessions& options, const CommandContext& context) {
  for_each_session(options.sessions, context.open(), stop_session);
  return 0;
}

int execute(const RemoveSessions& options, const CommandContext& context) {
  for_each_session(options.sessions, context.open(), [&](const std::string& session, const Application& application) {
    remove_session(session, options.unseen, application);
  });
  return 0;
}

int execute(const CollectGarbage& /*options*/, const CommandContext& context) {
  const GarbageReport report = collect_garbage(context.open());
  std::string text;
  for (const auto& session : report.sessions) {
    text += "removed crashed session " + session + "\n";
  }
  for (const auto& session : report.ended) {
    text += "removed the record of session " + session + "\n";
  }
  for (const auto& [directory, reason] : report.templates) {
    text += "removed template " + directory.filename().string() + " (" + escape_untrusted(reason, 200) + ")\n";
  }
  for (const auto& directory : report.bases) {
    text += "removed an old build of base " + directory.parent_path().filename().string() + "\n";
  }
  for (const auto& project : report.hot) {
    text += "removed hot directories of " + escape_untrusted(project.string()) + "\n";
  }
  if (context.verbosity != Verbosity::quiet) {
    print(text);
  }
  return 0;
}

}  // namespace agentbox
