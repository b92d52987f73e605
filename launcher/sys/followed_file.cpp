// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/followed_file.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/guarded_read.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace agentbox {

std::string FollowedFile::read() {
  if (!fd_) {
    open();
  }
  std::string piece = read_piece();
  if (piece.empty() && fd_ && !stands_there()) {
    fd_.reset();
    open();
    piece = read_piece();
  }
  return piece;
}

void FollowedFile::open() {
  fd_ = open_regular_file_if_exists(path_);
  if (!fd_ || opened_) {
    return;
  }
  opened_ = true;
  struct stat info {};
  if (::fstat(fd_.get(), &info) == 0 && info.st_size > static_cast<off_t>(newest_.bytes())) {
    // From the byte before: if it ends a line, the first line that is read is whole.
    ::lseek(fd_.get(), info.st_size - static_cast<off_t>(newest_.bytes()) - 1, SEEK_SET);
    amid_line_ = true;
  }
}

bool FollowedFile::stands_there() const {
  struct stat ours {};
  struct stat there {};
  return ::fstat(fd_.get(), &ours) == 0 && ::lstat(path_.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

std::string FollowedFile::read_piece() {
  constexpr std::size_t most = std::size_t{64} << 10U;
  while (fd_) {
    std::string piece(most, '\0');
    const ssize_t count = ::read(fd_.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      throw system_error("cannot read " + escape_untrusted(path_.native()));
    }
    piece.resize(static_cast<std::size_t>(count));
    if (!amid_line_ || piece.empty()) {
      return piece;
    }
    const auto end = piece.find('\n');
    amid_line_ = end == std::string::npos;
    piece.erase(0, amid_line_ ? piece.size() : end + 1);
    if (!piece.empty()) {
      return piece;
    }
  }
  return {};
}

}  // namespace agentbox
