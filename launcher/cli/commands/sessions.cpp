// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "session/bring_out.hpp"
#include "session/recording.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "session/bring_out.hpp"
#include "session/egress_logs.hpp"
#include "sys/guarded_read.hpp"

#include <fmt/format.h>

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

/// A guest wrote it: escaped line by line. Tabs are common and harmless.
std::string escape_log(std::string_view text) {
  std::string shown;
  for (const auto& line : split(text, '\n')) {
    std::string fields;
    for (const auto& field : split(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line, '\t')) {
      fields += (fields.empty() ? "" : "\t") + escape_untrusted(field);
    }
    shown += fields + "\n";
  }
  return shown;
}

bool is_session(const std::string& name, const Application& application) {
  try {
    static_cast<void>(SessionStore(application.directories.state / "sessions").find(name));
    return true;
  } catch (const Error&) {
    return false;
  }
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
  return exec_in_session(options.request, context.open());
}

int execute(const AttachOptions& options, const CommandContext& context) {
  return attach_to_session(options.session, context.open());
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

namespace {

int check_egress(const std::string& session, const CommandContext& context) {
  const EgressCheck check = check_egress_log(session, context.open());
  if (!check.problem.empty()) {
    print("not as it was written: " + escape_untrusted(check.problem, 1024) + "\n");
    return 1;
  }
  print(fmt::format(
      "{} lines, as they were written{}\nhash of the last line: {}\n", check.lines,
      check.beginning == EgressCheck::Beginning::dropped ? "; older ones were dropped when the log was full" : "",
      check.last_hash));
  return 0;
}

}  // namespace

int execute(const ShowLogs& options, const CommandContext& context) {
  constexpr ByteSize longest = ByteSize::mebibytes(64);
  if (options.print == ShowLogs::Print::egress_check) {
    return check_egress(options.session, context);
  }
  if (options.print == ShowLogs::Print::egress) {
    for (const auto& log : egress_logs(options.session, context.open())) {
      if (const std::string text = read_regular_file(log, longest); !text.empty()) {
        print(escape_log(trim(text)));
      }
    }
    return 0;
  }
  const Application application = context.open();
  const auto recording = find_recording(options.session, application);
  // A recording outlives its session.
  const auto logs = recording && !is_session(options.session, application) ? std::vector<std::filesystem::path>{}
                                                                          : session_logs(options.session, application);
  if (recording && options.print == ShowLogs::Print::paths) {
    print(recording->string() + "\n");
  } else if (recording) {
    print("recorded: " + escape_untrusted(recording->string()) + " (agentbox play " + recording->stem().string() + ")\n");
  }
  for (const auto& log : logs) {
    if (options.print == ShowLogs::Print::paths) {
      print(log.string() + "\n");
    } else {
      // Not a mere read: the directory is writable for QEMU, and an escaped QEMU might have put a link there.
      print("==> " + log.filename().string() + " <==\n" + escape_log(trim(read_regular_file(log, longest))));
    }
  }
  return 0;
}

}  // namespace agentbox
