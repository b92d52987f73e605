// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/walls.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/bubblewrap.hpp"
#include "sys/landlock.hpp"
#include "sys/process.hpp"
#include "sys/room_trial.hpp"

#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>

namespace agentbox {
namespace {

// New calls that the headers of the oldest supported system lack; these numbers are the same on all architectures.
constexpr long mount_setattr_call = 442;
constexpr long process_mrelease_call = 448;

void refuse_other_processes(bpf::Program& program) {
  bpf::refuse(program,
              {SYS_kill,
               SYS_tkill,
               SYS_rt_sigqueueinfo,
               SYS_rt_tgsigqueueinfo,
               SYS_pidfd_open,
               SYS_pidfd_send_signal,
               SYS_pidfd_getfd,
               SYS_ptrace,
               SYS_process_vm_readv,
               SYS_process_vm_writev,
               SYS_process_madvise,
               process_mrelease_call,
               SYS_kcmp,
               SYS_migrate_pages,
               SYS_move_pages,
               SYS_setpriority,
               SYS_ioprio_set,
               SYS_sched_setscheduler,
               SYS_sched_setattr,
               SYS_sched_setparam,
               SYS_sched_setaffinity},
              EPERM);
}

void refuse_shared_objects(bpf::Program& program) {
  bpf::refuse(
      program,
      {
        SYS_shmget, SYS_shmat, SYS_shmctl, SYS_msgget, SYS_msgctl, SYS_msgsnd, SYS_msgrcv, SYS_semget, SYS_semop,
            SYS_semctl, SYS_semtimedop, SYS_mq_open, SYS_mq_unlink, SYS_inotify_init1, SYS_fanotify_init,
#if defined(SYS_inotify_init)
            SYS_inotify_init,
#endif
            SYS_open_by_handle_at
      },
      EPERM);
}

}  // namespace

void refuse_the_system(bpf::Program& program) {
  bpf::refuse(program,
              {SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount,
               SYS_open_tree, SYS_fsopen, SYS_fspick, mount_setattr_call, SYS_bpf, SYS_userfaultfd, SYS_init_module,
               SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_syslog,
               SYS_acct, SYS_quotactl, SYS_personality, SYS_perf_event_open,
               // The user's keys are found by number, whatever namespaces there are.
               SYS_keyctl, SYS_add_key, SYS_request_key},
              EPERM);
  // io_uring works without further system calls; clone3 hides its flags behind a pointer, and the C library falls back.
  bpf::refuse(program, {SYS_io_uring_setup, SYS_clone3}, ENOSYS);
}

void refuse_new_namespaces(bpf::Program& program) {
  using namespace bpf;
  constexpr std::uint32_t new_namespaces = 0x7E020000;  // CLONE_NEW*, but for NEWTIME, which clone(2) cannot ask for
  append(program,
         {if_equal(SYS_clone, 0, 4), load_argument(0), if_any_bit(new_namespaces, 0, 1), fail_with(EPERM), allow()});
}

bpf::Program lone_process_filter(const LoneProcess& process) {
  using namespace bpf;
  const auto pointer = reinterpret_cast<std::uintptr_t>(process.program);
  Program program;
  begin(program, kill());
  append(program, {if_equal(SYS_execve, 0, 6), load_argument(0), if_equal(static_cast<std::uint32_t>(pointer), 0, 3),
                   load_high_half(0), if_equal(static_cast<std::uint32_t>(std::uint64_t{pointer} >> 32U), 0, 1), allow(),
                   kill()});
  append(program, {if_equal(SYS_execveat, 0, 1), kill()});
  refuse_other_processes(program);
  refuse_shared_objects(program);
  refuse_the_system(program);
#if defined(SYS_fork)
  refuse(program, {SYS_fork, SYS_vfork}, EPERM);
#endif
  append(program, {if_equal(SYS_clone, 0, 4), load_argument(0), if_any_bit(CLONE_THREAD, 1, 0), fail_with(EPERM), allow()});
  append(program, {if_equal(SYS_tgkill, 0, 4), load_argument(0), if_equal(process.pid, 1, 0), fail_with(EPERM), allow()});
  append(program, {if_equal(SYS_prlimit64, 0, 4), load_argument(0), if_equal(0, 1, 0), fail_with(EPERM), allow()});
  append(program, {allow()});
  return program;
}

std::optional<std::string> landlock_problem() {
  if (landlock_abi() < least_landlock_abi) {
    return "the kernel has no Landlock (version 2 or later, Linux 5.19)";
  }
  try {
    PathRules rules{{PathRule::Access::run, "/usr"}};
    for (const auto& path : inspect_root().read_only) {
      rules.push_back({PathRule::Access::run, path});
    }
    const Walls walls{make_ruleset(rules, LandlockNetwork::none), {}};
    const auto reads = [&](const char* file) {
      return run_and_capture({.argv = {"/usr/bin/head", "-c1", file},
                              .environment = std::vector<std::string>{},
                              .working_directory = {},
                              .fds = {},
                              .walls = &walls},
                             std::chrono::seconds(10))
          .status.success();
    };
    if (!reads("/usr/bin/head")) {
      return "a program behind Landlock and seccomp does not run";
    }
    if (reads("/proc/version")) {
      return "Landlock does not keep a program from a file that it should not see";
    }
    return problem_of_room({.spec = {.argv = {},
                                     .environment = std::vector<std::string>{},
                                     .working_directory = {},
                                     .fds = {},
                                     .walls = &walls},
                            .namespaces = {},
                            .find = [](pid_t own) { return std::optional(own); }});
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace agentbox
