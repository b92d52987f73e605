// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/log/known_session.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/egress_logs.hpp"
#include "session/recording.hpp"
#include "session/report.hpp"

#include <algorithm>

namespace agentbox {
namespace {

std::optional<ListedSession> find_there(const SessionStore& store, const std::string& name) {
  const auto sessions = store.list();
  const bool any_live = std::any_of(sessions.begin(), sessions.end(), [](const auto& one) { return one.live; });
  if (name == "last") {
    return any_live ? std::optional(store.find(name)) : std::nullopt;
  }
  const bool fits =
      std::any_of(sessions.begin(), sessions.end(), [&](const auto& one) { return one.record.id.starts_with(name); });
  return fits ? std::optional(store.find(name)) : std::nullopt;
}

// Of one that came to no result there may be what it reached, and a recording.
std::optional<std::string> find_leftovers(const std::string& name, const Application& application) {
  if (const auto recording = find_recording(name, application)) {
    return session_of_recording(recording->stem().string());
  }
  try {
    const auto logs = egress_logs(name, application);
    return logs.empty() ? std::nullopt : std::optional(logs.back().stem().string());
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

KnownSession find_known_session(const std::string& asked, const Application& application) {
  const std::string name = asked.empty() ? "last" : asked;
  const RunArchive results = run_archive(application);
  KnownSession known;
  known.there = find_there(SessionStore(application.directories.state / "sessions"), name);
  if (known.there) {
    known.id = known.there->record.id;
  } else if (const auto id = results.find(name)) {
    known.id = *id;
  } else if (const auto left = find_leftovers(name, application)) {
    known.id = *left;
  } else {
    throw Error(ErrorKind::usage,
                name == "last" ? "no session is running, and nothing is known of one that is over"
                               : "nothing is known of a session \"" + escape_untrusted(name, 64) + "\"",
                "agentbox ls shows those that run; of the last " + std::to_string(RunArchive::most_runs) +
                    " that are over there are results.");
  }
  if (results.find(known.id) == known.id) {
    known.result = nlohmann::json::parse(results.read(known.id), nullptr, false);
  }
  return known;
}

}  // namespace agentbox
