// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace agentbox::guest {

/// Does the work in a process of its own, that holds nothing of the session that started it; returns at once. Throws std::system_error.
void leave(const std::function<void()>& work);

}  // namespace agentbox::guest
