// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/files.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace agentbox {

namespace {

std::string shown(const std::filesystem::path& path) { return escape_untrusted(path.native()); }

std::filesystem::path parent_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

void sync_fd(int fd, const std::filesystem::path& path) {
  if (::fsync(fd) != 0) {
    throw system_error("cannot write " + shown(path) + " to the disk");
  }
}

/// Removes a half-written file, unless it was renamed into place.
struct TemporaryFile {
  std::string path;
  UniqueFd fd;

  explicit TemporaryFile(const std::filesystem::path& target)
      : path((parent_of(target) / ("." + target.filename().native() + ".XXXXXX")).native()) {
    fd = UniqueFd(::mkostemp(path.data(), O_CLOEXEC));
    if (!fd) {
      const int error = errno;
      path.clear();
      throw system_error(error, "cannot write " + shown(target));
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path.empty()) {
      ::unlink(path.c_str());
    }
  }
};

}  // namespace

UniqueFd open_file(const std::filesystem::path& path, int flags, unsigned mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    throw system_error("cannot open " + shown(path));
  }
  return UniqueFd(fd);
}

UniqueFd open_directory(const std::filesystem::path& path) { return open_file(path, O_RDONLY | O_DIRECTORY); }

std::string read_to_end(int fd, const std::filesystem::path& path, ByteSize limit) {
  std::string content;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw system_error("cannot read " + shown(path));
    }
    if (count == 0) {
      return content;
    }
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > limit.bytes()) {
      throw Error(ErrorKind::environment, "cannot read " + shown(path) + ": it is larger than " + limit.to_string());
    }
  }
}

std::string read_file(const std::filesystem::path& path, ByteSize limit) {
  return read_to_end(open_file(path, O_RDONLY).get(), path, limit);
}

std::optional<std::string> read_file_if_exists(const std::filesystem::path& path, ByteSize limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    throw system_error("cannot open " + shown(path));
  }
  return read_to_end(fd.get(), path, limit);
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content, unsigned mode) {
  write_file_atomically(path, [content](int fd) { write_all(fd, content); }, mode);
}

void write_file_atomically(const std::filesystem::path& path, const std::function<void(int fd)>& write, unsigned mode) {
  TemporaryFile temporary(path);
  try {
    write(temporary.fd.get());
  } catch (const Error& error) {
    throw Error(error.kind(), "cannot write " + shown(path) + ": " + error.what(), error.hint());
  }
  if (::fchmod(temporary.fd.get(), mode) != 0) {
    throw system_error("cannot set the mode of " + shown(path));
  }
  sync_fd(temporary.fd.get(), path);
  if (::rename(temporary.path.c_str(), path.c_str()) != 0) {
    throw system_error("cannot replace " + shown(path));
  }
  temporary.path.clear();
  sync_path(parent_of(path));  // the rename itself is in the directory
}

UniqueFd file_in_memory(const char* name, std::string_view content) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  if (!file) {
    throw system_error("cannot make a file in memory");
  }
  write_all(file.get(), content);
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

void write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = ::write(fd, data.data(), data.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw system_error("writing failed");
    }
    data.remove_prefix(static_cast<std::size_t>(count));
  }
}

void make_directories(const std::filesystem::path& path, unsigned mode) {
  if (path.empty() || std::filesystem::is_directory(path)) {
    return;
  }
  // "a/b/" names the same directory as "a/b", but its parent_path() is "a/b".
  const std::filesystem::path named = path.has_filename() ? path : path.parent_path();
  make_directories(named.parent_path(), mode);
  if (::mkdir(named.c_str(), mode) != 0) {
    const int error = errno;  // somebody else may have been faster
    if (error != EEXIST || !std::filesystem::is_directory(named)) {
      throw system_error(error, "cannot make the directory " + shown(named));
    }
  }
}

void sync_path(const std::filesystem::path& path) { sync_fd(open_file(path, O_RDONLY).get(), path); }

std::uint64_t allocated_bytes(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    throw system_error("cannot look at " + shown(path));
  }
  return static_cast<std::uint64_t>(info.st_blocks) * 512;  // in units of 512 bytes on every file system
}

std::uint64_t allocated_bytes_below(const std::filesystem::path& path) {
  std::uint64_t bytes = 0;
  std::error_code gone;
  for (std::filesystem::recursive_directory_iterator at(path, gone), end; !gone && at != end; at.increment(gone)) {
    struct stat info {};
    if (::lstat(at->path().c_str(), &info) == 0) {
      bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
    }
  }
  return bytes;
}

void remove_tree(const std::filesystem::path& path) noexcept {
  try {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  } catch (...) {
    // Out of memory while cleaning up: what is left behind is found by the next start's clean-up.
  }
}

}  // namespace agentbox
