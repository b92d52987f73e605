// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0

// agentbox-guard: is asked by the kernel whenever a QEMU opens, makes, moves or removes a file by name, and refuses what the rules of the
// shared directories forbid (docs/decisions/0023). While it is away the kernel refuses all such calls.
//
// Descriptors: 3, a socket on which QEMU, before it is QEMU, sends the listener; 4, the rules. It ends with QEMU.

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

#include "core/error.hpp"
#include "guard/name_guard.hpp"
#include "guard/process/supervise.hpp"
#include "sys/fd_passing.hpp"

namespace {

using namespace agentbox;

std::string read_rules() {
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(guard_rules_fd, buffer, sizeof buffer);
    if (count <= 0) {
      return text;
    }
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

void run() {
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const GuardedTrees trees(parse_guarded_trees(read_rules()));
  auto message = receive_with_fds(guard_socket_fd, 1);
  if (!message) {
    return;  // there will be no QEMU
  }
  if (message->fds.size() != 1) {
    throw Error(ErrorKind::internal, "no listener came");
  }
  ::close(guard_socket_fd);
  supervise(message->fds.front().get(), trees);
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "agentbox-guard: %s\n", error.what());
    return 1;
  }
}
