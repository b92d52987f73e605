// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/lockdown.hpp"

#include "core/error.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace agentbox {
namespace {

using Program = std::vector<sock_filter>;

sock_filter statement(unsigned code, std::uint32_t k) { return {static_cast<std::uint16_t>(code), 0, 0, k}; }
/// Jumps are relative: 0 is the next instruction.
sock_filter jump(unsigned how, std::uint32_t k, std::uint8_t if_true, std::uint8_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | how | BPF_K), if_true, if_false, k};
}
sock_filter load(std::size_t offset) { return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
sock_filter fail_with(int error) {
  return statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
}
sock_filter allow() { return statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW); }
sock_filter first_argument() { return load(offsetof(seccomp_data, args)); }

void append(Program& program, std::initializer_list<sock_filter> more) { program.insert(program.end(), more); }
void refuse(Program& program, std::uint32_t call, int error) {
  append(program, {jump(BPF_JEQ, call, 0, 1), fail_with(error)});
}

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

/// Compiled for the machine it runs on, so the SYS_ names are right here.
Program filter() {
  constexpr std::uint32_t x32_bit = 0x40000000;
  constexpr std::uint32_t new_namespaces = 0x7E020000;  // CLONE_NEW*, but for NEWTIME, which clone(2) cannot ask for
  Program program;
  append(program, {load(offsetof(seccomp_data, arch)), jump(BPF_JEQ, kArchitecture, 1, 0), fail_with(ENOSYS)});
  append(program, {load(offsetof(seccomp_data, nr)), jump(BPF_JGE, x32_bit, 0, 1), fail_with(ENOSYS)});
  for (const long call : {SYS_execve,
                          SYS_execveat,
                          SYS_ptrace,
                          SYS_process_vm_readv,
                          SYS_process_vm_writev,
                          SYS_unshare,
                          SYS_setns,
                          SYS_mount,
                          SYS_umount2,
                          SYS_pivot_root,
                          SYS_chroot,
                          SYS_bpf,
                          SYS_userfaultfd,
                          SYS_perf_event_open,
                          SYS_keyctl,
                          SYS_add_key,
                          SYS_request_key,
                          SYS_open_by_handle_at,
                          SYS_init_module,
                          SYS_finit_module,
                          SYS_kexec_load}) {
    refuse(program, static_cast<std::uint32_t>(call), EPERM);
  }
  // clone3 hides its flags behind a pointer; glibc falls back to clone. io_uring works without further system calls.
  for (const long call : {SYS_clone3, SYS_io_uring_setup}) {
    refuse(program, static_cast<std::uint32_t>(call), ENOSYS);
  }
  append(program, {jump(BPF_JEQ, SYS_clone, 0, 4), first_argument(), jump(BPF_JSET, new_namespaces, 0, 1),
                   fail_with(EPERM), allow()});
  append(program,
         {jump(BPF_JEQ, SYS_socket, 0, 6), first_argument(), jump(BPF_JEQ, AF_INET, 3, 0), jump(BPF_JEQ, AF_INET6, 2, 0),
          jump(BPF_JEQ, AF_NETLINK, 1, 0), fail_with(EAFNOSUPPORT), allow()});
  append(program, {allow()});
  return program;
}

}  // namespace

void hide_from_others() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
}

void lock_down() {
  Program program = filter();
  const sock_fprog description{static_cast<unsigned short>(program.size()), program.data()};
  // The resolver's thread does not exist yet: it inherits the filter.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &description) != 0) {
    throw system_error("cannot lock the gateway down");
  }
}

}  // namespace agentbox
