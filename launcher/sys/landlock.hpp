// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// Landlock (landlock(7)): a process without any privilege gives up reaching files, ports and processes, for good and for
/// all its children. What it does not cover, on any kernel: looking at what is there by name (stat), changing modes, times
/// and extended attributes, and connecting to unix sockets by path. A seccomp filter has to take those calls away.
namespace agentbox {

/// The newest version of the interface that the running kernel speaks; 0: it has no Landlock, or it is switched off.
/// 2 is Linux 5.19 (moving files between directories can be refused), 3 truncation, 4 TCP ports, 5 ioctl on devices,
/// 6 abstract unix sockets and signals.
int landlock_abi() noexcept;

/// The least that agentbox can use: before it, a file could not be moved to another directory at all.
inline constexpr int least_landlock_abi = 2;

/// What may be done with a file, or with all below a directory. Everything that is not named is refused.
struct PathRule {
  enum class Access {
    read,        ///< read files, list directories
    run,         ///< the same, and execute
    write,       ///< read and write what exists: a file, a device
    write_tree,  ///< read, write, make and remove; no devices, nothing to execute
  };
  Access access = Access::read;
  std::filesystem::path path;
  friend bool operator==(const PathRule&, const PathRule&) = default;
};
using PathRules = std::vector<PathRule>;

/// One line per rule, for tests and --verbose: "read /usr".
std::string to_string(const PathRule& rule);

/// The rights (LANDLOCK_ACCESS_FS_*) that rules for this version of the interface speak of: what is in here is refused
/// unless a rule grants it. Pure.
std::uint64_t handled_rights(int abi);
/// What a ruleset for this version refuses beside files: TCP ports from 4 on, abstract unix sockets of others and
/// signals to others from 6 on. Bits as the kernel has them; 0: this version has no word for it, and a filter must do
/// without. Pure.
struct RefusedBeyondFiles {
  std::uint64_t tcp;
  std::uint64_t scopes;
  friend bool operator==(const RefusedBeyondFiles&, const RefusedBeyondFiles&) = default;
};
enum class LandlockNetwork { none, internet };  ///< internet: TCP is left alone
RefusedBeyondFiles refused_beyond_files(int abi, LandlockNetwork network);
/// Those of them that a rule grants for a directory or for anything else. Pure.
std::uint64_t granted_rights(PathRule::Access access, bool directory, int abi);

/// A ruleset for landlock_restrict_self(2): the rules, and, where the kernel knows them, no TCP port, no abstract unix
/// socket of others, and no signal to others. Throws Error{environment} when the kernel has no Landlock or a path does
/// not exist.
UniqueFd make_ruleset(const PathRules& rules, LandlockNetwork network);

/// landlock_restrict_self(2) for this process. no_new_privs must be set. 0, or -1 with errno; makes no other call, so it
/// may stand between fork and exec.
int restrict_self(int ruleset) noexcept;

}  // namespace agentbox
