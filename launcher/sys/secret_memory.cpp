// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/secret_memory.hpp"

#include "core/error.hpp"

#include <string.h>
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
