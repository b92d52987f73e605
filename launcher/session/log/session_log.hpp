// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/application.hpp"
#include "session/log/reached_line.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace agentbox {

/// What there is to tell of a session, whether it runs or is over. Much of it was chosen by a guest: escape it before
/// it is printed.
struct SessionLog {
  std::string id;
  enum class Grows { no, yes } grows = Grows::no;  ///< yes: it runs, and is held by a process that may add to it
  std::vector<std::pair<std::string, std::string>> facts;                 ///< name and value
  std::string result;                                                     ///< archive_document(); empty: there is none
  std::vector<std::pair<std::string, std::chrono::milliseconds>> phases;  ///< in their order; none while it runs
  std::vector<ReachedLine> reached;                                       ///< the newest of them
  std::size_t reached_before = 0;                                         ///< so many lines came before those
  struct Text {
    std::string title;
    std::string text;  ///< the newest of it
  };
  std::vector<Text> output;    ///< what its command showed, where that was kept or recorded, as plain text
  std::vector<Text> messages;  ///< what its helpers said
  std::vector<std::filesystem::path> files;  ///< where all that is from
};

/// What helpers say, in a session's directory: title and file.
inline constexpr std::array<std::pair<const char*, const char*>, 3> message_logs = {
    {{"gateway", "gateway.log"}, {"qemu", "vm/qemu.log"}, {"keeper", "keeper.log"}}};

inline constexpr const char* held_output_title = "output while nobody looked";

/// session: as for find_known_session(), which also says what it throws.
SessionLog session_log(const std::string& session, const Application& application);

}  // namespace agentbox
