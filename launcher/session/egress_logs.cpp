// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/egress_logs.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "gateway/log/egress_log.hpp"
#include "store/egress_archive.hpp"
#include "store/session_store.hpp"
#include "sys/guarded_read.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr ByteSize longest_part = ByteSize::mebibytes(64);
constexpr std::size_t longest_log_line = 4096;

std::vector<fs::path> logs_in(const fs::path& session_directory) {
  std::vector<fs::path> logs;
  for (const char* file : {older_egress_log_name, egress_log_name}) {
    if (fs::exists(session_directory / file)) {
      logs.push_back(session_directory / file);
    }
  }
  return logs;
}

}  // namespace

std::vector<fs::path> egress_logs(const std::string& session, const Application& application) {
  const fs::path directory = application.directories.state / "sessions";
  const SessionStore sessions(directory);
  const auto all = sessions.list();
  const bool any_live = std::any_of(all.begin(), all.end(), [](const ListedSession& one) { return one.live; });
  const bool last = session.empty() || session == "last";
  if (!(last && any_live)) {
    const auto archived = EgressArchive::beside(directory).find(last ? "last" : session);
    if (!archived.empty()) {
      return archived;
    }
  }
  return logs_in(sessions.find(session).directory);
}

EgressCheck check_egress_log(const std::string& session, const Application& application) {
  EgressCheck check{.lines = 0, .last_hash = first_hash(), .beginning = EgressCheck::Beginning::whole, .problem = {}};
  std::optional<std::string> expected = first_hash();
  bool first = true;
  for (const auto& file : egress_logs(session, application)) {
    const std::string text = read_regular_file(file, longest_part);
    if (text.empty()) {
      continue;
    }
    // Only a log that filled its older part has lost its beginning to a still older one.
    const bool full = text.size() + longest_log_line > EgressLogLimits().file_bytes;
    Chain chain = follow_chain(text, expected);
    if (first && full && chain.problem && chain.problem->line == 1) {
      chain = follow_chain(text, std::nullopt);
      check.beginning = EgressCheck::Beginning::dropped;
    }
    first = false;
    check.lines += chain.lines;
    if (chain.problem) {
      check.problem =
          fmt::format("line {} of {}: {}", chain.problem->line, escape_untrusted(file.native()), chain.problem->reason);
      return check;
    }
    expected = check.last_hash = chain.last_hash;
  }
  return check;
}

}  // namespace agentbox
