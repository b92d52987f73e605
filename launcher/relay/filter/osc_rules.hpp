// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/terminal_rules.hpp"
#include "relay/filter/sequence_verdict.hpp"

#include <cstddef>
#include <string_view>

namespace agentbox {

/// The longest content of an operating system command (OSC) that any rule lets through; longer ones need not be kept.
std::size_t longest_osc(const TerminalRules& rules);

/// Judges an operating system command: content is what stands between `ESC ]` and the terminator (BEL, or `ESC \`), any
/// bytes but those two. What is shown is made anew and holds no control character but its own beginning and that
/// terminator. Pure. A title is judged as one; that the user's own comes back is the caller's.
SequenceVerdict judge_osc(std::string_view content, std::string_view terminator, const TerminalRules& rules,
                          OutputUse use);

/// Whether it sets a title (0, 1, 2).
bool is_title(std::string_view content);

}  // namespace agentbox
