// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/record/cast_reader.hpp"

#include <chrono>
#include <optional>

namespace agentbox {

struct PlaySettings {
  double speed = 1;                                           ///< twice as fast: 2
  std::optional<std::chrono::duration<double>> idle_limit{};  ///< no pause is longer
  int input = 0;
  int output = 1;
};

/// Plays a recording. On a terminal: in its own time, filtered, with the keys space (pause, and go on) and q (stop),
/// and with the terminal in order at the end. Elsewhere: all of it at once. Throws Interrupted by SIGINT, SIGTERM and
/// SIGHUP.
void play(CastReader& cast, const PlaySettings& settings);

}  // namespace agentbox
