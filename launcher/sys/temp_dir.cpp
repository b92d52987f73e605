// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/temp_dir.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

#include <stdlib.h>

#include <string>
#include <utility>

namespace agentbox {

TempDir::TempDir(const std::filesystem::path& parent, std::string_view prefix) {
  std::string name = (parent / prefix).native() + ".XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    throw system_error("cannot make a directory in " + escape_untrusted(parent.native()));
  }
  path_ = name;
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) {
  other.path_.clear();  // a moved-from path is valid but unspecified
}

TempDir::~TempDir() {
  if (!path_.empty()) {
    remove_tree(path_);
  }
}

}  // namespace agentbox
