// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/lockdown.hpp"

#include "core/error.hpp"
#include "sys/bpf.hpp"
#include "sys/walls.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

namespace agentbox {
namespace {

using namespace bpf;

/// Compiled for the machine it runs on, so the SYS_ names are right here.
Program filter() {
  Program program;
  begin(program, fail_with(ENOSYS));
  refuse(program,
         {SYS_execve, SYS_execveat, SYS_kill, SYS_tkill, SYS_pidfd_open, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_unshare, SYS_setns,
          SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_bpf, SYS_userfaultfd, SYS_perf_event_open, SYS_keyctl,
          SYS_add_key, SYS_request_key, SYS_open_by_handle_at, SYS_init_module, SYS_finit_module, SYS_kexec_load},
         EPERM);
  // clone3 hides its flags behind a pointer; glibc falls back to clone. io_uring works without further system calls.
  refuse(program, {SYS_clone3, SYS_io_uring_setup}, ENOSYS);
  refuse_new_namespaces(program);
  append(program,
         {if_equal(SYS_socket, 0, 6), load_argument(0), if_equal(AF_INET, 3, 0), if_equal(AF_INET6, 2, 0),
          if_equal(AF_NETLINK, 1, 0), fail_with(EAFNOSUPPORT), allow()});
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
