// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/state_transfer.hpp"

#include "core/error.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace agentbox {
namespace {

constexpr std::size_t kChunk = 65536;
// Half a megabyte in practice. RAM that is in no file would come along: a caller's mistake that must not fill the disk.
constexpr std::size_t kLargestState = std::size_t{256} << 20U;

Error too_slow() { return {ErrorKind::backend, "the transfer of the machine's state took too long"}; }

}  // namespace

Fed feed_state(int file, UniqueFd pipe, Deadline deadline) {
  set_nonblocking(pipe.get());
  std::array<char, kChunk> buffer;
  while (true) {
    const ssize_t count = ::read(file, buffer.data(), buffer.size());
    if (count < 0) {
      throw system_error("cannot read the machine's saved state");
    }
    if (count == 0) {
      return Fed::all;
    }
    for (std::string_view rest(buffer.data(), static_cast<std::size_t>(count)); !rest.empty();) {
      if (!wait_writable(pipe.get(), deadline)) {
        throw too_slow();
      }
      const ssize_t written = ::write(pipe.get(), rest.data(), rest.size());
      if (written > 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EPIPE) {
        return Fed::cut_short;
      } else if (errno != EAGAIN && errno != EINTR) {
        throw system_error("cannot hand the machine's saved state to QEMU");
      }
    }
  }
}

void drain_state(UniqueFd pipe, int file, Deadline deadline) {
  std::array<char, kChunk> buffer;
  std::size_t total = 0;
  while (true) {
    if (!wait_readable(pipe.get(), deadline)) {
      throw too_slow();
    }
    const ssize_t count = ::read(pipe.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      throw system_error("cannot read the machine's state from QEMU");
    }
    if (count == 0) {
      break;
    }
    total += static_cast<std::size_t>(count);
    if (total > kLargestState) {
      throw Error(ErrorKind::backend, "the machine's state is larger than 256 MiB: is its RAM not in a file?");
    }
    write_all(file, {buffer.data(), static_cast<std::size_t>(count)});
  }
  if (::fsync(file) != 0) {
    throw system_error("cannot write the machine's state to the disk");
  }
}

void keep_device_state(const std::filesystem::path& from, const std::filesystem::path& to) {
  const UniqueFd source = open_file(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const UniqueFd target = open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
  std::array<char, kChunk> buffer;
  std::size_t total = 0;
  while (const ssize_t count = ::read(source.get(), buffer.data(), buffer.size())) {
    if (count < 0) {
      throw Error(ErrorKind::backend, "the machine's state cannot be read");
    }
    total += static_cast<std::size_t>(count);
    if (total > kLargestState) {
      throw Error(ErrorKind::backend, "the machine's state is larger than 256 MiB");
    }
    write_all(target.get(), {buffer.data(), static_cast<std::size_t>(count)});
  }
  // QEMU_VM_VMDESCRIPTION (QEMU, migration/savevm.h), and a length.
  write_all(target.get(), std::string_view("\x06\0\0\0\0", 5));
  if (total == 0) {
    throw Error(ErrorKind::backend, "the machine's state was not saved");
  }
}

}  // namespace agentbox
