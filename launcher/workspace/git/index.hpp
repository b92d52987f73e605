// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// Which of these directories of a working tree hold something that git tracks. index: what .git/index holds
/// (gitformat-index(5), versions 2 to 4); hash_bytes: of the repository's hash, 20 or 32. Pure, for hostile bytes. No
/// value when it cannot be told: a damaged index, a split one, one of a version that is not known.
std::optional<std::vector<std::string>> tracked_directories(std::string_view index, std::size_t hash_bytes,
                                                            const std::vector<std::string>& directories);

}  // namespace agentbox
