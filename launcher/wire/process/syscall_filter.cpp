// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/syscall_filter.hpp"

#include "wire/process/problem.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstddef>
#include <initializer_list>

// The SYS_ numbers are those of the machine that this is compiled for, and so is the architecture that is checked.

namespace agentbox::wire {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t our_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t our_architecture = AUDIT_ARCH_AARCH64;
#else
#error "which AUDIT_ARCH_ is this?"
#endif

constexpr std::initializer_list<long> allowed_calls = {
    SYS_recvfrom,     SYS_recvmsg,    SYS_sendto,     SYS_sendmsg, SYS_write,  // write: the C library's own last words
#if defined(SYS_poll)
    SYS_poll,  // aarch64 has ppoll alone
#endif
    SYS_ppoll,        SYS_accept4,    SYS_getsockopt, SYS_connect, SYS_close, SYS_restart_syscall,
    SYS_rt_sigreturn, SYS_exit_group,
};

sock_filter statement(unsigned code, std::uint32_t k) { return {static_cast<std::uint16_t>(code), 0, 0, k}; }

/// Jumps are relative: 0 is the next instruction.
sock_filter jump_if_equal(std::uint32_t k, std::uint8_t if_true, std::uint8_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | BPF_JEQ | BPF_K), if_true, if_false, k};
}

sock_filter load(std::size_t offset) { return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }

const sock_filter allow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
const sock_filter kill = statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);

}  // namespace

std::vector<sock_filter> pump_syscall_filter() {
  std::vector<sock_filter> program = {load(offsetof(seccomp_data, arch)), jump_if_equal(our_architecture, 1, 0), kill,
                                      load(offsetof(seccomp_data, nr))};
  for (const long call : allowed_calls) {
    program.insert(program.end(), {jump_if_equal(static_cast<std::uint32_t>(call), 0, 1), allow});
  }
  // socket(AF_INET, SOCK_STREAM with our flags, 0): no netlink, no packets, no unix sockets.
  program.insert(program.end(), {jump_if_equal(SYS_socket, 1, 0), kill, load(offsetof(seccomp_data, args[0])),
                                 jump_if_equal(AF_INET, 1, 0), kill, load(offsetof(seccomp_data, args[1])),
                                 jump_if_equal(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 1, 0), kill,
                                 load(offsetof(seccomp_data, args[2])), jump_if_equal(0, 0, 1), allow, kill});
  return program;
}

void install_syscall_filter() {
  std::vector<sock_filter> filter = pump_syscall_filter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
    throw problem(Report::failed, "cannot install the system call filter");
  }
}

}  // namespace agentbox::wire
