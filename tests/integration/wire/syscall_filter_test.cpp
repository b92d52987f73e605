// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/syscall_filter.hpp"

#include "integration/sys/forked.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <csignal>

namespace agentbox::syscall_filter_test {

using namespace agentbox::test;

namespace {

/// How a process ends that does something behind the filter.
ExitStatus behind_filter(const std::function<void()>& deed) {
  Forked process([&](int) {
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // no core file of what is killed
    expect(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    wire::install_syscall_filter(wire::pump_syscall_filter());
    deed();
    ::syscall(SYS_exit_group, 0);
  });
  return process.wait();
}

}  // namespace

TEST_CASE("behind the filter the wire can do its work") {
  CHECK(behind_filter([] {
          char byte = 0;
          ::syscall(SYS_sendto, -1, &byte, 1, 0, nullptr, 0);
          ::syscall(SYS_recvfrom, -1, &byte, 1, 0, nullptr, nullptr);
          ::syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        }).success());
}

// A wire process that was taken over by its guest: no programs, no files, no processes, no other kind of socket.
TEST_CASE("everything else kills it") {
  const std::vector<std::vector<long>> deeds = {{SYS_execve, 0, 0, 0},
                                                {SYS_openat, AT_FDCWD, 0, 0},
                                                {SYS_openat2, AT_FDCWD, 0, 0},
                                                {SYS_clone, 0, 0, 0},
                                                {SYS_clone3, 0, 0, 0},
                                                {SYS_kill, 1, 0, 0},
                                                {SYS_ptrace, 0, 1, 0},
                                                {SYS_process_vm_readv, 1, 0, 0},
                                                {SYS_mmap, 0, 4096, 7},
                                                {SYS_mprotect, 0, 0, 0},
                                                {SYS_unshare, 0, 0, 0},
                                                {SYS_setns, -1, 0, 0},
                                                {SYS_bpf, 0, 0, 0},
                                                {SYS_io_uring_setup, 1, 0, 0},
                                                {SYS_ioctl, 0, 0, 0},
                                                {SYS_bind, -1, 0, 0},
                                                {SYS_setsockopt, -1, 0, 0},
                                                {SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0},
                                                {SYS_socket, AF_NETLINK, SOCK_RAW, 0},
                                                {SYS_socket, AF_PACKET, SOCK_RAW, 0},
                                                {SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0},
                                                {SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 132}};
  for (const auto& deed : deeds) {
    INFO("system call " << deed[0] << ", first argument " << deed[1]);
    CHECK(behind_filter([&] { ::syscall(deed[0], deed[1], deed[2], deed[3]); }) == ExitStatus::signaled(SIGSYS));
  }
}

}  // namespace agentbox::syscall_filter_test
