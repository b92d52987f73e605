// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/terminal_rules.hpp"
#include "relay/filter/sequence_verdict.hpp"

#include <string_view>

namespace agentbox {

/// Judges a control sequence (CSI): body is what stands behind `ESC [`, the final byte included. What is on no list
/// here is dropped. Pure. A push or pop of the window's title is judged as one of them; keeping the two in balance is
/// the caller's.
SequenceVerdict judge_csi(std::string_view body, const TerminalRules& rules, OutputUse use);

/// What judge_csi() makes of a push and a pop of the title, whichever variant the guest wrote.
inline constexpr std::string_view push_title = "\x1b[22;0t";
inline constexpr std::string_view pop_title = "\x1b[23;0t";

}  // namespace agentbox
