// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace agentbox {

/// The one place through which a guest's output passes on its way to the user's terminal or pipe. It changes nothing
/// yet; a filter of what a terminal is to obey belongs here.
inline std::string_view filter_output(std::string_view output) { return output; }

}  // namespace agentbox
