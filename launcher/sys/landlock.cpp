// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/landlock.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

// The interface in numbers (include/uapi/linux/landlock.h), since the headers of the oldest supported system end at
// version 2 while its kernel may be newer.

namespace agentbox {
namespace {

#if !defined(SYS_landlock_create_ruleset)
constexpr long SYS_landlock_create_ruleset = 444;  // the same on all architectures
constexpr long SYS_landlock_add_rule = 445;
constexpr long SYS_landlock_restrict_self = 446;
#endif

constexpr std::uint32_t version_query = 1;
constexpr int path_beneath = 1;

constexpr std::uint64_t execute = 1U << 0U;
constexpr std::uint64_t write_file = 1U << 1U;
constexpr std::uint64_t read_file_right = 1U << 2U;
constexpr std::uint64_t read_dir = 1U << 3U;
constexpr std::uint64_t make_char = 1U << 6U;
constexpr std::uint64_t make_block = 1U << 11U;
constexpr std::uint64_t all_of_abi_1 = (1U << 13U) - 1;
constexpr std::uint64_t refer = 1U << 13U;      // 2
constexpr std::uint64_t truncate_right = 1U << 14U;   // 3
constexpr std::uint64_t ioctl_device = 1U << 15U;  // 5
constexpr std::uint64_t rights_of_files = execute | write_file | read_file_right | truncate_right | ioctl_device;

constexpr std::uint64_t both_tcp_rights = 3;  // 4: bind, connect
constexpr std::uint64_t both_scopes = 3;      // 6: abstract unix sockets, signals

struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};

struct PathBeneathAttributes {
  std::uint64_t allowed_access;
  std::int32_t parent_fd;
} __attribute__((packed));

/// The kernel takes a longer structure than it knows only if the rest is zero.
RulesetAttributes attributes(int abi, LandlockNetwork network) {
  const RefusedBeyondFiles beyond = refused_beyond_files(abi, network);
  return {handled_rights(abi), beyond.tcp, beyond.scopes};
}

void add_rule(const UniqueFd& ruleset, const PathRule& rule, int abi) {
  const UniqueFd path(::open(rule.path.c_str(), O_PATH | O_CLOEXEC));
  struct stat info {};
  if (!path || ::fstat(path.get(), &info) != 0) {
    throw system_error("cannot open " + escape_untrusted(rule.path.native()) + " to a confined process");
  }
  const PathBeneathAttributes beneath{granted_rights(rule.access, S_ISDIR(info.st_mode), abi), path.get()};
  if (::syscall(SYS_landlock_add_rule, ruleset.get(), path_beneath, &beneath, 0U) != 0) {
    throw system_error("cannot open " + escape_untrusted(rule.path.native()) + " to a confined process");
  }
}

}  // namespace

int landlock_abi() noexcept {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, version_query);
  return version > 0 ? static_cast<int>(version) : 0;
}

std::string to_string(const PathRule& rule) {
  constexpr const char* names[] = {"read", "run", "write", "write_tree"};
  return std::string(names[static_cast<int>(rule.access)]) + " " + rule.path.native();
}

std::uint64_t handled_rights(int abi) {
  std::uint64_t rights = abi >= 1 ? all_of_abi_1 : 0;
  rights |= abi >= 2 ? refer : 0;
  rights |= abi >= 3 ? truncate_right : 0;
  rights |= abi >= 5 ? ioctl_device : 0;
  return rights;
}

RefusedBeyondFiles refused_beyond_files(int abi, LandlockNetwork network) {
  return {abi >= 4 && network == LandlockNetwork::none ? both_tcp_rights : 0, abi >= 6 ? both_scopes : 0};
}

std::uint64_t granted_rights(PathRule::Access access, bool directory, int abi) {
  std::uint64_t rights = read_file_right | read_dir;
  switch (access) {
    case PathRule::Access::read:
      break;
    case PathRule::Access::run:
      rights |= execute;
      break;
    case PathRule::Access::write:
      rights |= write_file | truncate_right | ioctl_device;
      break;
    case PathRule::Access::write_tree:
      rights = ~(execute | make_char | make_block | ioctl_device);
      break;
  }
  return rights & handled_rights(abi) & (directory ? ~std::uint64_t{0} : rights_of_files);
}

UniqueFd make_ruleset(const PathRules& rules, LandlockNetwork network) {
  const int abi = landlock_abi();
  if (abi < least_landlock_abi) {
    throw Error(ErrorKind::environment, "this host's kernel has no Landlock of version 2 or later");
  }
  const RulesetAttributes attr = attributes(abi, network);
  UniqueFd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0U)));
  if (!ruleset) {
    throw system_error("cannot make a Landlock ruleset");
  }
  for (const PathRule& rule : rules) {
    add_rule(ruleset, rule, abi);
  }
  return ruleset;
}

int restrict_self(int ruleset) noexcept {
  return static_cast<int>(::syscall(SYS_landlock_restrict_self, ruleset, 0U));
}

}  // namespace agentbox
