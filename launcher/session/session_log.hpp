// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/application.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace agentbox {

/// One line of what a session reached or was refused, in words.
struct ReachedLine {
  std::string time;  ///< "2026-10-31T07:05:09.123Z"
  std::string verdict;
  std::string to;      ///< "tls api.example.org:443"
  std::string amount;  ///< "1.2 KiB up, 3 MiB down"; empty: nothing went either way
  std::string rule;
};

/// What there is to tell of a session, whether it runs or is over. Much of it was chosen by a guest: escape it before it is printed.
struct SessionLog {
  std::string id;
  std::vector<std::pair<std::string, std::string>> facts;                  ///< name and value
  std::vector<std::pair<std::string, std::chrono::milliseconds>> phases;   ///< in their order; none while it runs
  std::vector<ReachedLine> reached;                                        ///< the newest of them
  std::size_t reached_before = 0;                                          ///< so many lines came before those
  struct Text {
    std::string title;
    std::string text;  ///< the newest of it
  };
  std::vector<Text> output;            ///< what its command showed, where that was kept or recorded, as plain text
  std::vector<Text> messages;          ///< what its helpers said
  std::vector<std::filesystem::path> files;  ///< where all that is from
};

/// By id, the beginning of one that no other has, or "last": the one that runs, else the one that ended last. Throws Error{usage}
/// when nothing is known of such a session.
SessionLog session_log(const std::string& session, const Application& application);

}  // namespace agentbox
