// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/syscall_filter.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cerrno>
#include <cstddef>
#include <vector>

// The numbers, not the SYS_ names: those are the ones of the machine this is compiled on, and old headers lack new
// calls. x86-64 only: arch/x86/entry/syscalls/syscall_64.tbl.

namespace agentbox {
namespace {

using Program = std::vector<sock_filter>;

constexpr std::uint32_t kSetUid = 04000;
constexpr std::uint32_t kX32Bit = 0x40000000;  // the x32 variants of all calls, with the same effects

sock_filter statement(unsigned code, std::uint32_t k) { return {static_cast<std::uint16_t>(code), 0, 0, k}; }

/// Jumps are relative: 0 is the next instruction.
sock_filter jump(unsigned how, std::uint32_t k, std::uint8_t if_true, std::uint8_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | how | BPF_K), if_true, if_false, k};
}

sock_filter load(std::size_t offset) { return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }

/// The low half of an argument (little-endian): modes and flags are 32 bits.
sock_filter load_argument(unsigned index) { return load(offsetof(seccomp_data, args) + 8 * std::size_t{index}); }

sock_filter fail_with(int error) {
  return statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
}
sock_filter allow() { return statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW); }

void append(Program& program, std::initializer_list<sock_filter> more) { program.insert(program.end(), more); }

void report_missing(Program& program, std::uint32_t call) {
  append(program, {jump(BPF_JEQ, call, 0, 1), fail_with(ENOSYS)});
}

/// call(..., mode): the mode always counts.
void check_mode(Program& program, std::uint32_t call, unsigned mode_argument) {
  append(program, {jump(BPF_JEQ, call, 0, 4), load_argument(mode_argument), jump(BPF_JSET, kSetUid, 0, 1),
                   fail_with(EPERM), allow()});
}

/// open(..., flags, mode): without O_CREAT or O_TMPFILE the mode is whatever stood in the register.
void check_open(Program& program, std::uint32_t call, unsigned flags_argument) {
  constexpr std::uint32_t creating = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);
  append(program, {jump(BPF_JEQ, call, 0, 6), load_argument(flags_argument), jump(BPF_JSET, creating, 0, 3),
                   load_argument(flags_argument + 1), jump(BPF_JSET, kSetUid, 0, 1), fail_with(EPERM), allow()});
}

}  // namespace

std::string syscall_filter() {
#if defined(__x86_64__)
  Program program;
  // Another architecture's numbers (32-bit calls) would mean other calls.
  append(program, {load(offsetof(seccomp_data, arch)), jump(BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0), fail_with(ENOSYS)});
  append(program, {load(offsetof(seccomp_data, nr)), jump(BPF_JGE, kX32Bit, 0, 1), fail_with(ENOSYS)});
  report_missing(program, 425);  // io_uring_setup
  report_missing(program, 437);  // openat2
  check_mode(program, 85, 1);    // creat
  check_mode(program, 90, 1);    // chmod
  check_mode(program, 91, 1);    // fchmod
  check_mode(program, 133, 1);   // mknod
  check_mode(program, 259, 2);   // mknodat
  check_mode(program, 268, 2);   // fchmodat
  check_mode(program, 452, 2);   // fchmodat2
  check_open(program, 2, 1);     // open
  check_open(program, 257, 2);   // openat
  append(program, {allow()});
  return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(sock_filter)};
#else
  return {};
#endif
}

}  // namespace agentbox
