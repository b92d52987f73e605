// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/syscall_filter.hpp"

#include "sys/bpf.hpp"
#include "wire/process/problem.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstddef>
#include <initializer_list>

// The SYS_ numbers are those of the machine that this is compiled for, and so is the architecture that is checked.

namespace agentbox::wire {
namespace {

using namespace bpf;

constexpr std::initializer_list<long> calls_of_both = {
    SYS_recvfrom,     SYS_recvmsg,    SYS_sendto,     SYS_sendmsg, SYS_write,  // write: the C library's own last words
#if defined(SYS_poll)
    SYS_poll,  // aarch64 has ppoll alone
#endif
    SYS_ppoll,        SYS_accept4,    SYS_getsockopt, SYS_close, SYS_restart_syscall,
    SYS_rt_sigreturn, SYS_exit_group,
};

Program allow_only(std::initializer_list<long> more) {
  Program program;
  begin(program, kill());
  for (const auto& calls : {calls_of_both, more}) {
    for (const long call : calls) {
      append(program, {if_equal(static_cast<std::uint32_t>(call), 0, 1), allow()});
    }
  }
  return program;
}

/// call(domain, type, 0), with one domain and one type, or the end. The last of a program.
void allow_socket(Program& program, long call, std::uint32_t domain, std::uint32_t type) {
  append(program, {if_equal(static_cast<std::uint32_t>(call), 1, 0), kill(), load_argument(0), if_equal(domain, 1, 0), kill(),
                   load_argument(1), if_equal(type, 1, 0), kill(), load_argument(2), if_equal(0, 0, 1), allow(), kill()});
}

}  // namespace

std::vector<sock_filter> pump_syscall_filter() {
  Program program = allow_only({SYS_connect});
  // No netlink, no packets, no unix sockets.
  allow_socket(program, SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
  return program;
}

std::vector<sock_filter> stack_syscall_filter() {
  // clock_gettime is no system call where the kernel offers it otherwise, which it does not everywhere.
  Program program = allow_only({SYS_shutdown, SYS_madvise, SYS_clock_gettime});
  allow_socket(program, SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
  return program;
}

void install_syscall_filter(std::vector<sock_filter> filter) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
    throw problem(Report::failed, "cannot install the system call filter");
  }
}

}  // namespace agentbox::wire
