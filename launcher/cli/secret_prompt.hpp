// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/secret_text.hpp"

#include <string>

namespace agentbox {

/// A value that must not be seen. From a terminal: asked for with prompt on standard error, not echoed, edited with
/// Backspace and Ctrl-U, ended by Enter; Ctrl-C throws Interrupted. From anything else: everything up to the end,
/// without one line end there (echo adds it). Throws Error{usage} for more than 64 KiB, Interrupted upon a signal.
SecretText ask_for_secret(int input, const std::string& prompt);

}  // namespace agentbox
