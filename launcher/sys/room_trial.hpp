// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/process.hpp"

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// A room that is to be tried with a shell in it.
struct RoomTrial {
  ProcessSpec spec;                     ///< what makes the room; the shell and its arguments are added to argv
  std::vector<std::string> namespaces;  ///< the kinds that must be the shell's own, as missing_walls() names them
  std::function<std::optional<pid_t>(pid_t own)>
      find;  ///< the shell as the host sees it; own: what it takes itself for
};

/// Has a shell say in the room that it is there, and asks /proc what it is locked into: what agentbox asks about each
/// QEMU before its guest runs. No value when all walls stand; else what is missing, or why there is no room.
std::optional<std::string> problem_of_room(RoomTrial trial);

}  // namespace agentbox
