// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

/// Instructions of classic BPF, for seccomp filters (seccomp(2)). Header only and without allocation beyond the program's
/// own: agentbox-wire uses it, too.
namespace agentbox::bpf {

using Program = std::vector<sock_filter>;

#if defined(__x86_64__)
inline constexpr std::uint32_t our_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr std::uint32_t our_architecture = AUDIT_ARCH_AARCH64;
#else
#error "which AUDIT_ARCH_ is this?"
#endif

inline sock_filter statement(unsigned code, std::uint32_t k) { return {static_cast<std::uint16_t>(code), 0, 0, k}; }

/// Jumps are relative: 0 is the next instruction.
inline sock_filter jump(unsigned how, std::uint32_t k, std::uint8_t if_true, std::uint8_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | how | BPF_K), if_true, if_false, k};
}
inline sock_filter if_equal(std::uint32_t k, std::uint8_t if_true, std::uint8_t if_false) {
  return jump(BPF_JEQ, k, if_true, if_false);
}
inline sock_filter if_any_bit(std::uint32_t k, std::uint8_t if_true, std::uint8_t if_false) {
  return jump(BPF_JSET, k, if_true, if_false);
}

inline sock_filter load(std::size_t offset) {
  return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
inline sock_filter load_call() { return load(offsetof(seccomp_data, nr)); }
/// The halves of an argument (little-endian). Modes, flags and numbers of processes are 32 bits.
inline sock_filter load_argument(unsigned index) { return load(offsetof(seccomp_data, args) + 8 * std::size_t{index}); }
inline sock_filter load_high_half(unsigned index) {
  return load(offsetof(seccomp_data, args) + 8 * std::size_t{index} + 4);
}

inline sock_filter allow() { return statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW); }
inline sock_filter kill() { return statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS); }
inline sock_filter fail_with(int error) {
  return statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
}

inline void append(Program& program, std::initializer_list<sock_filter> more) {
  program.insert(program.end(), more);
}

/// Loads the call's number. Other architectures' calls and the x32 variants, whose numbers mean something else, get `otherwise`.
inline void begin(Program& program, sock_filter otherwise) {
  append(program, {load(offsetof(seccomp_data, arch)), if_equal(our_architecture, 1, 0), otherwise, load_call()});
#if defined(__x86_64__)
  constexpr std::uint32_t x32_bit = 0x40000000;
  append(program, {jump(BPF_JGE, x32_bit, 0, 1), otherwise});
#endif
}

/// Answers these calls with an error. The call's number must be loaded, and stays.
inline void refuse(Program& program, std::initializer_list<long> calls, int error) {
  for (const long call : calls) {
    append(program, {if_equal(static_cast<std::uint32_t>(call), 0, 1), fail_with(error)});
  }
}

}  // namespace agentbox::bpf
