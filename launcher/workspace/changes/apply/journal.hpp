// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "workspace/changes/apply.hpp"
#include "workspace/changes/apply/step.hpp"

namespace agentbox {

/// How far an application has come; in a change set's directory while there is one, so that the next agentbox can finish it or take
/// it back.
struct Journal {
  std::string stage;  ///< the directory in the project; see Moves
  /// staging: nothing of the project was touched yet. moving: things are being moved; new-N is missing in the stage when it is in its
  /// place. done: all is in its place; the change set may not say so yet.
  enum class Phase { staging, moving, done } phase = Phase::staging;
  ApplyDirection direction = ApplyDirection::forward;
  std::vector<Step> steps;
  friend bool operator==(const Journal&, const Journal&) = default;
};

bool has_journal(const std::filesystem::path& directory);
/// None when there is none (any more). Throws Error{environment} for a damaged one.
std::optional<Journal> load_journal(const std::filesystem::path& directory);
void save_journal(const std::filesystem::path& directory, const Journal& journal);
void remove_journal(const std::filesystem::path& directory) noexcept;

/// A name for a stage that nobody else has.
std::string new_stage_name();

}  // namespace agentbox
