// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/fail.hpp"

#include <fcntl.h>
#include <sys/stat.h>
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

/// The whole file, in the place of what it held; mode is for one that is made. It is not emptied first: ext4 takes a
/// file that was emptied and written to the disk as soon as it is closed (auto_da_alloc, ext4(5)). Throws
/// std::system_error.
inline void write_file(const std::string& path, const std::string& content, mode_t mode) {
  const Descriptor file(path, O_WRONLY | O_CREAT, mode);
  write_all(file.get(), content.data(), content.size(), path);
  struct stat written {};
  if (fstat(file.get(), &written) != 0 || (written.st_size > static_cast<off_t>(content.size()) &&
                                           ftruncate(file.get(), static_cast<off_t>(content.size())) != 0)) {
    fail("cannot shorten " + path);
  }
}

}  // namespace agentbox::guest
