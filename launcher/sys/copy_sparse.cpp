// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/signals.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace agentbox {

namespace {

struct Extent {
  off_t begin;
  off_t end;
};

/// The next run of data at or after offset; no value when only a hole is left.
std::optional<Extent> next_data(int fd, off_t offset, const std::string& name) {
  const off_t begin = ::lseek(fd, offset, SEEK_DATA);
  if (begin < 0) {
    if (errno == ENXIO) {
      return std::nullopt;
    }
    throw system_error("cannot find the data in " + name);
  }
  const off_t end = ::lseek(fd, begin, SEEK_HOLE);  // the end of a file counts as a hole
  if (end < 0) {
    throw system_error("cannot find the holes in " + name);
  }
  return Extent{begin, end};
}

void copy_extent(int from, int to, Extent extent, std::vector<char>& buffer) {
  while (extent.begin < extent.end) {
    throw_if_interrupted();
    const auto wanted = std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(extent.end - extent.begin));
    const ssize_t count = ::pread(from, buffer.data(), wanted, extent.begin);
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw system_error("reading failed");
    }
    if (count == 0) {
      return;  // became shorter meanwhile
    }
    ssize_t written = 0;
    while (written < count) {
      const ssize_t step =
          ::pwrite(to, buffer.data() + written, static_cast<std::size_t>(count - written), extent.begin + written);
      if (step < 0 && errno != EINTR) {
        throw system_error("writing failed");
      }
      written += std::max<ssize_t>(step, 0);
    }
    extent.begin += count;
  }
}

void copy_data(int from, int to, const std::string& name) {
  std::vector<char> buffer(std::size_t{1} << 20U);
  off_t offset = 0;
  while (const auto extent = next_data(from, offset, name)) {
    copy_extent(from, to, *extent, buffer);
    offset = extent->end;
  }
}

}  // namespace

std::uint64_t copy_sparse(const std::filesystem::path& from, const std::filesystem::path& to, unsigned mode, Sync sync) {
  const std::string names = escape_untrusted(from.native()) + " to " + escape_untrusted(to.native());
  const UniqueFd source = open_file(from, O_RDONLY);
  const UniqueFd target = open_file(to, O_WRONLY | O_CREAT | O_TRUNC, mode);
  try {
    struct stat info {};
    if (::fstat(source.get(), &info) != 0 || ::ftruncate(target.get(), info.st_size) != 0 ||
        ::fchmod(target.get(), mode) != 0) {
      throw system_error("setting its size and mode failed");
    }
    // In no time at all where the file system shares blocks between files.
    if (::ioctl(target.get(), FICLONE, source.get()) != 0) {
      copy_data(source.get(), target.get(), escape_untrusted(from.native()));
    }
    if (sync == Sync::now && ::fsync(target.get()) != 0) {
      throw system_error("writing to the disk failed");
    }
  } catch (const Interrupted&) {
    ::unlink(to.c_str());
    throw;
  } catch (const Error& error) {
    ::unlink(to.c_str());  // half a copy must not be taken for a whole one
    throw Error(error.kind(), "cannot copy " + names + ": " + error.what(), error.hint());
  }
  return allocated_bytes(to);
}

}  // namespace agentbox
