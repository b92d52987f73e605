// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/syscall_filter.hpp"

#include "sys/bpf.hpp"
#include "sys/walls.hpp"

#include <fcntl.h>

#include <cerrno>

// The numbers, not the SYS_ names: those are the ones of the machine this is compiled on, and old headers lack new
// calls. x86-64 only: arch/x86/entry/syscalls/syscall_64.tbl.

namespace agentbox {
namespace {

using namespace bpf;

constexpr std::uint32_t kSetUid = 04000;

/// call(..., mode): the mode always counts.
void check_mode(Program& program, std::uint32_t call, unsigned mode_argument) {
  bpf::append(program, {if_equal(call, 0, 4), load_argument(mode_argument), if_any_bit(kSetUid, 0, 1),
                   fail_with(EPERM), allow()});
}

/// open(..., flags, mode): without O_CREAT or O_TMPFILE the mode is whatever stood in the register.
void check_open(Program& program, std::uint32_t call, unsigned flags_argument) {
  constexpr std::uint32_t creating = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);
  bpf::append(program, {if_equal(call, 0, 6), load_argument(flags_argument), if_any_bit(creating, 0, 3),
                   load_argument(flags_argument + 1), if_any_bit(kSetUid, 0, 1), fail_with(EPERM), allow()});
}

}  // namespace

#if defined(__x86_64__)
namespace {

void refuse_set_uid(Program& program) {
  refuse(program, {425, 437}, ENOSYS);  // io_uring_setup, openat2
  check_mode(program, 85, 1);           // creat
  check_mode(program, 90, 1);           // chmod
  check_mode(program, 91, 1);           // fchmod
  check_mode(program, 133, 1);          // mknod
  check_mode(program, 259, 2);          // mknodat
  check_mode(program, 268, 2);          // fchmodat
  check_mode(program, 452, 2);          // fchmodat2
  check_open(program, 2, 1);            // open
  check_open(program, 257, 2);          // openat
}

}  // namespace
#endif

bpf::Program set_uid_filter() {
#if defined(__x86_64__)
  Program program;
  begin(program, fail_with(ENOSYS));
  refuse_set_uid(program);
  bpf::append(program, {allow()});
  return program;
#else
  return {};
#endif
}

bpf::Program room_filter() {
#if defined(__x86_64__)
  Program program;
  begin(program, fail_with(ENOSYS));
  refuse_set_uid(program);
  refuse_new_namespaces(program);
  refuse_the_system(program);
  bpf::append(program, {allow()});
  return program;
#else
  return {};
#endif
}

std::string syscall_filter() {
  const Program program = room_filter();
  return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(sock_filter)};
}

}  // namespace agentbox
