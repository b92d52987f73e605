// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/application.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// Where the log of what a session reached is: one part or two, the older first. session: as SessionStore::find() takes
/// it, or of one that is over (EgressArchive); "last" is the running one, or the one that ended last. Throws
/// Error{usage} when there is neither.
std::vector<std::filesystem::path> egress_logs(const std::string& session, const Application& application);

/// What is to be said of a log's chain.
struct EgressCheck {
  std::uint64_t lines = 0;
  std::string last_hash;  ///< to be compared with what was printed at the session's end (--json, network.log.hash)
  enum class Beginning {
    whole,
    dropped
  } beginning = Beginning::whole;  ///< dropped: it grew so large that the first lines are gone
  std::string problem;             ///< which line of which file, and why; empty: no line was changed, removed or put in
};
EgressCheck check_egress_log(const std::string& session, const Application& application);

}  // namespace agentbox
