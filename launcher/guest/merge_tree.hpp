// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace agentbox::guest {

/// Brings into a tree what another one has that is newer or missing there; of files in lines (.jsonl) that have grown
/// on both sides, the new lines. What a copy has closed (copy_tree.hpp) is left. Both trees are directories that are
/// there. No link is followed. Throws std::system_error.
void merge_tree(const std::string& from, const std::string& to);

/// Makes a tree as another one is, if any file of that is newer than all of its own and none was closed to it. Who is
/// killed meanwhile leaves the old one as it was, or the new one for finish_replacing().
void replace_tree(const std::string& from, const std::string& to);

/// Goes on where replace_tree() was cut off: to be called before anybody uses such a tree. Nothing else may write there.
void finish_replacing(const std::string& tree);

}  // namespace agentbox::guest
