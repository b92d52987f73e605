// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/beneath.hpp"

#include <string>
#include <vector>

namespace agentbox {

struct DirectoryEntry {
  std::string name;
  enum class Type { file, directory, link, other } type;
};

/// What is in a directory ("" is the top), sorted by name. Empty when it cannot be opened: gone meanwhile, or closed to us.
std::vector<DirectoryEntry> list_directory(const Beneath& top, const std::string& path);

}  // namespace agentbox
