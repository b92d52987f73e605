// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace agentbox {

/// Text as it can stand in HTML or XML, between elements and in a quoted attribute: it can end neither. What XML has no characters
/// for (control characters, bytes that are not UTF-8, U+FFFE and U+FFFF) becomes U+FFFD; newline and tab stay.
std::string escape_markup(std::string_view text);

}  // namespace agentbox
