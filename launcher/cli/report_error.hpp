// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"

#include <exception>
#include <string>

namespace agentbox {

/// "agentbox: error: MESSAGE" and the hint's lines, indented. For an interruption "agentbox: interrupted", and nothing
/// at all when it only means that nobody reads our output any more.
std::string error_text(const Error& error);

/// What was thrown and is no Error: a bug of ours, told as one.
Error as_bug(const std::exception& error);

/// 2 for usage, 124 for a time limit, 128+n for an interruption, else 125.
int exit_code_of(const Error& error) noexcept;

}  // namespace agentbox
