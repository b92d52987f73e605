// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/process/lockdown.hpp"

#include "core/error.hpp"
#include "sys/bpf.hpp"
#include "sys/landlock.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace agentbox {
namespace {

/// All that reading a tree, answering on a socket and managing memory takes.
bpf::Program only_what_it_needs() {
  using namespace bpf;
  Program program;
  begin(program, kill());
  for (const long call : {SYS_recvfrom, SYS_sendto, SYS_openat2, SYS_close, SYS_fstat, SYS_newfstatat, SYS_getdents64, SYS_readlinkat, SYS_pread64,
                          SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_futex, SYS_geteuid, SYS_getegid, SYS_getrandom, SYS_rt_sigreturn,
                          SYS_rt_sigprocmask, SYS_exit, SYS_exit_group, SYS_restart_syscall}) {
    append(program, {if_equal(static_cast<std::uint32_t>(call), 0, 1), allow()});
  }
  // fdopendir(3) asks for a descriptor's mode; the last words go to standard error.
  append(program, {if_equal(SYS_fcntl, 0, 4), load_argument(1), if_equal(F_GETFL, 1, 0), if_equal(F_SETFD, 0, 1), allow(), load_call()});
  append(program, {if_equal(SYS_write, 0, 3), load_argument(0), if_equal(STDERR_FILENO, 0, 1), allow()});
  append(program, {fail_with(EPERM)});
  return program;
}

}  // namespace

void lock_down(const std::filesystem::path& project) {
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct no_capability[2] = {};
  if (::syscall(SYS_capset, &header, no_capability) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    throw system_error("cannot give up privileges");
  }
  const UniqueFd ruleset = make_ruleset({{PathRule::Access::read, project}}, LandlockNetwork::none);
  if (restrict_self(ruleset.get()) != 0) {
    throw system_error("cannot shut itself in");
  }
  bpf::Program program = only_what_it_needs();
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    throw system_error("cannot load a system call filter");
  }
}

}  // namespace agentbox
