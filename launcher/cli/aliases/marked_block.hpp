// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Lines of ours in a file of the user's, between two marks that are comments to every shell. Pure.
namespace agentbox {

/// The text with these lines in the block: in its place where there is one, else at the end. lines: whole ones. Throws
/// Error{environment} when a mark stands there without the other, or twice: then somebody has edited it, and nothing is
/// guessed.
std::string with_marked_block(std::string_view text, std::string_view lines);

/// The text as it was before the block came; no value when there is none. Throws like with_marked_block().
std::optional<std::string> without_marked_block(std::string_view text);

}  // namespace agentbox
