// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/application.hpp"
#include "session/resources.hpp"
#include "store/session_store.hpp"
#include "sys/wait.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// What a live session uses.
struct SessionUsage {
  SessionRecord record;
  std::optional<double> processors = {};  ///< busy ones, since the look before; none at the first look
  ResourceSample sample = {};             ///< zeros where its VM or gateway does not answer
};

/// Looks at all live sessions, from outside: nothing of it is asked of a guest.
class UsageMeter {
 public:
  /// By start time. Blocks for at most some tenths of a second for a gateway that does not answer.
  std::vector<SessionUsage> look(const Application& application);

 private:
  struct Earlier {
    std::chrono::milliseconds processor;
    Clock::time_point when;
  };
  std::map<std::string, Earlier> earlier_;
};

}  // namespace agentbox
