// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace agentbox::guest {

/// Throws std::system_error of errno, with what was tried.
[[noreturn]] inline void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace agentbox::guest
