// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "workspace/changes/patch.hpp"

namespace agentbox {

enum class Color { off, on };

/// A file of a patch for eyes, in git's default colors. Names and contents are a guest's: nothing in them reaches a terminal as it is,
/// so this is no patch for `git apply` any more.
std::string shown_patch(const PatchFile& file, Color color);
std::string shown_header(const PatchFile& file, Color color);
/// Of a patch's body, or a part of one.
std::string shown_hunks(std::string_view hunks, Color color);

/// A line in bold blue, as git's questions are.
std::string shown_question(const std::string& text, Color color);

}  // namespace agentbox
