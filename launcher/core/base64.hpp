// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace agentbox {

/// Base64 with padding, as HTTP's Basic scheme wants it. Made in one piece: no copy of a secret stays behind on the heap.
std::string to_base64(std::string_view text);

}  // namespace agentbox
