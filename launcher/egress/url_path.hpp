// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace agentbox {

/// A request target (RFC 9112, section 3.2.1) without its query.
std::string_view path_of(std::string_view target);

/// False for a request target whose path two servers could read differently: "..", "//", an escape (which may hide a
/// dot or a slash), a backslash, a ";" parameter, a control character. Such a path never matches a rule that allows.
bool is_unambiguous_path(std::string_view target);

}  // namespace agentbox
