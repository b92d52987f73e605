// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/file_lock.hpp"
#include "sys/temp_dir.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// A directory that is to appear in a store as a whole: filled aside, in PARENT/.new.*, then renamed into place.
/// Destroyed before that, it is removed. Makers hold PARENT/.lock shared meanwhile, so that remove_leftovers() can tell
/// a dead maker's directory from a living one's.
class AsideDirectory {
 public:
  /// Makes parent, too. May wait for a clean-up in progress; throws Interrupted then.
  explicit AsideDirectory(const std::filesystem::path& parent);

  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }
  /// False when name is taken; the directory stays aside then. Never replaces anything: it must not be empty.
  [[nodiscard]] bool move_to(const std::string& name);

 private:
  std::filesystem::path parent_;
  FileLock making_;
  TempDir directory_;
};

/// Takes a directory out of its store by one rename (to .gone.*), then deletes it. So nobody ever meets it half
/// deleted. False when the rename failed.
bool remove_as_a_whole(const std::filesystem::path& directory) noexcept;

/// Deletes what makers and removers that died have left in a store. Does nothing while somebody is making something.
void remove_leftovers(const std::filesystem::path& parent);

/// The directories with plain names (see is_plain_name) in a store, sorted; none when it does not exist.
std::vector<std::string> names_in(const std::filesystem::path& parent);

}  // namespace agentbox
