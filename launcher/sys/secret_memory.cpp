// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/secret_memory.hpp"

#include "core/error.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace agentbox {
namespace {

/// A buffer that is overwritten however its scope is left.
struct WipedBuffer {
  std::array<char, 16 * 1024> bytes{};
  ~WipedBuffer() { ::explicit_bzero(bytes.data(), bytes.size()); }
};

}  // namespace

UniqueFd make_memory_file() {
  UniqueFd memory(::memfd_create("agentbox", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory) throw system_error("cannot make a file in memory");
  return memory;
}

UniqueFd make_sealed_memory(std::string_view content) {
  UniqueFd memory = make_memory_file();
  write_all(memory.get(), content);
  if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
    throw system_error("cannot seal a file in memory");
  if (::lseek(memory.get(), 0, SEEK_SET) != 0) throw system_error("cannot rewind a file in memory");
  return memory;
}

SecretText read_secret(int fd, ByteSize limit) {
  WipedBuffer buffer;
  WipedString content;
  content.text.reserve(limit.bytes() + buffer.bytes.size());
  for (;;) {
    const ssize_t count = ::read(fd, buffer.bytes.data(), buffer.bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error("cannot read a secret from its descriptor");
    if (count == 0) return SecretText(content.text);
    content.text.append(buffer.bytes.data(), static_cast<std::size_t>(count));
    if (content.text.size() > limit.bytes())
      throw Error(ErrorKind::environment, "a secret is longer than " + limit.to_string());
  }
}

void forbid_core_dumps() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0) throw system_error("cannot read the limit of core dumps");
  // One byte: no file is that short, and it is the one value at which the kernel does not start core_pattern's program
  // either, for which 0 is no limit at all. (Lower than 1 already: it cannot be raised again.)
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, 1);
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_CORE, &limit) != 0) throw system_error("cannot switch core dumps off");
}

}  // namespace agentbox
