// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

struct LineCounts {
  std::size_t added = 0;
  std::size_t removed = 0;
};

struct TextDiff {
  std::string hunks;  ///< "@@ -1,3 +1,4 @@\n..." as in a unified diff; empty when both are the same
  LineCounts counts;
};

/// The difference of two texts with three lines of context. Work is bounded: where texts differ in too much, whole stretches are shown as
/// replaced, which is a correct diff that is longer than need be (docs/decisions/0016).
TextDiff diff_texts(std::string_view before, std::string_view after);

}  // namespace agentbox
