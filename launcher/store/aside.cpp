// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/aside.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

#include <algorithm>
#include <functional>
#include <system_error>

namespace agentbox {

namespace {

namespace fs = std::filesystem;

constexpr const char* lock_name = ".lock";
constexpr const char* being_made = ".new";
constexpr const char* being_removed = ".gone";

FileLock lock_for_making(const fs::path& parent) {
  make_directories(parent);
  return FileLock::acquire(parent / lock_name, LockMode::shared);
}

bool is_left_over(const std::string& name) {
  return name.starts_with(std::string(being_made) + ".") || name.starts_with(std::string(being_removed) + ".");
}

std::vector<std::string> entries(const fs::path& parent, const std::function<bool(const std::string&)>& wanted) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    const bool directory = fs::is_directory(entry->symlink_status(error));
    if (directory && wanted(entry->path().filename())) {
      names.push_back(entry->path().filename());
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw system_error(error.value(), "cannot list " + escape_untrusted(parent.native()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

AsideDirectory::AsideDirectory(const fs::path& parent)
    : parent_(parent), making_(lock_for_making(parent)), directory_(parent, being_made) {}

bool AsideDirectory::move_to(const std::string& name) {
  std::error_code error;
  fs::rename(directory_.path(), parent_ / name, error);
  if (error == std::errc::directory_not_empty || error == std::errc::file_exists) {
    return false;
  }
  if (error) {
    throw system_error(error.value(), "cannot make " + escape_untrusted((parent_ / name).native()));
  }
  directory_.keep();
  return true;
}

bool remove_as_a_whole(const fs::path& directory) noexcept {
  try {
    const fs::path aside = directory.parent_path() / (std::string(being_removed) + "." + random_hex(8));
    std::error_code error;
    fs::rename(directory, aside, error);
    if (error) {
      return false;
    }
    remove_tree(aside);
    return true;
  } catch (...) {
    return false;  // out of memory
  }
}

void remove_leftovers(const fs::path& parent) {
  std::error_code error;
  if (!fs::is_directory(parent, error)) {
    return;
  }
  if (const auto alone = FileLock::try_acquire(parent / lock_name, LockMode::exclusive)) {
    for (const auto& name : entries(parent, is_left_over)) {
      remove_tree(parent / name);
    }
  }
}

std::vector<std::string> names_in(const fs::path& parent) { return entries(parent, is_plain_name); }

}  // namespace agentbox
