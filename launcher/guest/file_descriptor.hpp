// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/fail.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace agentbox::guest {

/// A file that is open for as long as this lives.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0) : fd_(open(path.c_str(), flags | O_CLOEXEC, mode)) {
    if (fd_ < 0) {
      fail("cannot open " + path);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(fd_); }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// All of it; path is for the message. Throws std::system_error.
inline void write_all(int fd, const char* data, std::size_t size, const std::string& path) {
  while (size > 0) {
    const ssize_t written = write(fd, data, size);
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      fail("cannot write " + path);
    }
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

/// The whole file, in the place of what it held; mode is for one that is made. Throws std::system_error.
inline void write_file(const std::string& path, const std::string& content, mode_t mode) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
  write_all(file.get(), content.data(), content.size(), path);
}

}  // namespace agentbox::guest
