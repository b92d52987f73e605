// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/user_config.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// A template, as far as it matters for whether it stays.
struct TemplateUse {
  std::chrono::system_clock::time_point last_use;
  std::uint64_t bytes = 0;  ///< on disk
  /// held: by a session that runs from it, or by what stands on its disk. It counts, and stays.
  enum class Hold { free, held } hold = Hold::free;
};

/// For each, in order: why it goes ("not used for 31 days"); no value: it stays. Pure.
std::vector<std::optional<std::string>> expire(const std::vector<TemplateUse>& uses, const TemplateLimits& limits,
                                               std::chrono::system_clock::time_point now);

}  // namespace agentbox
