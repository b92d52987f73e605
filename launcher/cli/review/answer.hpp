// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace agentbox {

enum class ReviewAnswer { look, apply, keep, discard };

/// What was typed at the question of what to do with a session's changes: a letter or the whole word, capitals or not. No value for
/// anything else: who types "diff" or "do not" must not lose anything. Pure.
std::optional<ReviewAnswer> review_answer(std::string_view line);

}  // namespace agentbox
