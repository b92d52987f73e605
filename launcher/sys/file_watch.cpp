// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/file_watch.hpp"

#include "core/error.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace agentbox {

FileWatch::FileWatch() : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!fd_) {
    throw system_error("cannot watch files");
  }
}

bool FileWatch::add(const std::filesystem::path& directory) {
  constexpr unsigned changes = IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF;
  return ::inotify_add_watch(fd_.get(), directory.c_str(), changes | IN_ONLYDIR) >= 0;
}

void FileWatch::take() const {
  std::array<char, 4096> events;
  while (::read(fd_.get(), events.data(), events.size()) > 0) {
  }
}

}  // namespace agentbox
