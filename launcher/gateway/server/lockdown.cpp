// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/lockdown.hpp"

#include "core/error.hpp"
#include "sys/bpf.hpp"
#include "sys/walls.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

namespace agentbox {
namespace {

// The same on all architectures; newer than the headers of the oldest supported system.
constexpr long fchmodat2_call = 452;
constexpr long setxattrat_call = 463;
constexpr long removexattrat_call = 466;

/// What would change a file by its name, or open it for more than reading. Landlock leaves modes, owners, times and attributes open,
/// and in its second version truncation; nothing that serves a guest needs any of it.
void refuse_changes_of_files(bpf::Program& program) {
  using namespace bpf;
  refuse(program,
         {SYS_truncate, SYS_setxattr, SYS_lsetxattr, SYS_removexattr, SYS_lremovexattr, setxattrat_call, removexattrat_call,
          SYS_fchmodat, fchmodat2_call, SYS_fchownat, SYS_utimensat,
#if defined(SYS_chmod)
          SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat, SYS_creat
#endif
         },
         EPERM);
  refuse(program, {SYS_openat2}, ENOSYS);  // hides its flags behind a pointer
  const auto only_reading = [&](long call, unsigned flags_argument) {
    append(program, {if_equal(static_cast<std::uint32_t>(call), 0, 4), load_argument(flags_argument),
                     if_any_bit(O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1), fail_with(EPERM), allow()});
  };
#if defined(SYS_open)
  only_reading(SYS_open, 1);
#endif
  only_reading(SYS_openat, 2);
}

}  // namespace

/// Compiled for the machine it runs on, so the SYS_ names are right here.
bpf::Program lockdown_filter() {
  using namespace bpf;
  Program program;
  begin(program, fail_with(ENOSYS));
  refuse(program,
         {SYS_execve, SYS_execveat, SYS_kill, SYS_tkill, SYS_pidfd_open, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_unshare, SYS_setns,
          SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_bpf, SYS_userfaultfd, SYS_perf_event_open, SYS_keyctl,
          SYS_add_key, SYS_request_key, SYS_open_by_handle_at, SYS_init_module, SYS_finit_module, SYS_kexec_load},
         EPERM);
  // clone3 hides its flags behind a pointer; glibc falls back to clone. io_uring works without further system calls.
  refuse(program, {SYS_clone3, SYS_io_uring_setup}, ENOSYS);
  refuse_changes_of_files(program);
  refuse_new_namespaces(program);
  append(program,
         {if_equal(SYS_socket, 0, 6), load_argument(0), if_equal(AF_INET, 3, 0), if_equal(AF_INET6, 2, 0),
          if_equal(AF_NETLINK, 1, 0), fail_with(EAFNOSUPPORT), allow()});
  append(program, {allow()});
  return program;
}

void hide_from_others() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
}

void lock_down() {
  bpf::Program program = lockdown_filter();
  const sock_fprog description{static_cast<unsigned short>(program.size()), program.data()};
  // The resolver's thread does not exist yet: it inherits the filter.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &description) != 0) {
    throw system_error("cannot lock the gateway down");
  }
}

}  // namespace agentbox
