// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/name_calls.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>

namespace agentbox {
namespace {

using Verb = NameCall::Verb;

/// Where a call has its arguments; -1: not at all.
struct Layout {
  std::uint32_t call;
  Verb verb;
  int directory;
  int name;
  int other_directory = -1;
  int other_name = -1;
};

constexpr auto layouts = std::to_array<Layout>({
    {SYS_mkdirat, Verb::make_directory, 0, 1},
    {SYS_mknodat, Verb::make, 0, 1},
    {SYS_symlinkat, Verb::make_link, 1, 2},
    {SYS_linkat, Verb::hard_link, 0, 1, 2, 3},
#if defined(SYS_renameat)
    {SYS_renameat, Verb::move, 0, 1, 2, 3},
#endif
    {SYS_renameat2, Verb::move, 0, 1, 2, 3},
    {SYS_unlinkat, Verb::remove, 0, 1},
    {SYS_truncate, Verb::open_to_write, -1, 0},
#if defined(SYS_open)
    {SYS_creat, Verb::open_to_write, -1, 0},
    {SYS_mkdir, Verb::make_directory, -1, 0},
    {SYS_mknod, Verb::make, -1, 0},
    {SYS_symlink, Verb::make_link, -1, 1},
    {SYS_link, Verb::hard_link, -1, 0, -1, 1},
    {SYS_rename, Verb::move, -1, 0, -1, 1},
    {SYS_unlink, Verb::remove, -1, 0},
    {SYS_rmdir, Verb::remove, -1, 0},
#endif
});

struct OpenLayout {
  std::uint32_t call;
  int directory;
  unsigned name;
};

constexpr auto opens = std::to_array<OpenLayout>({
    {SYS_openat, 0, 1},
#if defined(SYS_open)
    {SYS_open, -1, 0},
#endif
});

constexpr std::uint32_t writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);

sock_filter notify() { return bpf::statement(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF); }

NameArgument argument(const seccomp_data& data, int directory, int name) {
  return {.directory = directory < 0 ? AT_FDCWD : static_cast<int>(data.args[directory]),
          .address = data.args[static_cast<unsigned>(name)]};
}

}  // namespace

bpf::Program name_call_filter(AskedOpens asked) {
  using namespace bpf;
  Program program;
  begin(program, fail_with(ENOSYS));
  refuse(program, {SYS_openat2, SYS_io_uring_setup}, ENOSYS);
  for (const auto& open : opens) {
    // O_PATH makes the kernel forget the other flags, so it comes first.
    if (asked == AskedOpens::files_and_directories) {
      append(program, {if_equal(open.call, 0, 4), load_argument(open.name + 1), if_any_bit(O_PATH, 1, 0), notify(), allow()});
      continue;
    }
    append(program, {if_equal(open.call, 0, 6), load_argument(open.name + 1), if_any_bit(O_PATH, 3, 0), if_any_bit(writes, 1, 0),
                     if_any_bit(O_DIRECTORY, 1, 0), notify(), allow()});
  }
  for (const auto& layout : layouts) {
    append(program, {if_equal(layout.call, 0, 1), notify()});
  }
  append(program, {if_equal(SYS_fcntl, 0, 6), load_argument(1), if_equal(F_SETFL, 0, 3), load_argument(2), if_any_bit(O_APPEND, 0, 1), notify(),
                   allow()});
  append(program, {allow()});
  return program;
}

std::optional<AppendingCall> appending_call(const seccomp_data& data) {
  if (data.nr != SYS_fcntl) {
    return std::nullopt;
  }
  return AppendingCall{.descriptor = static_cast<int>(data.args[0]), .flags = static_cast<int>(data.args[2])};
}

std::optional<NameCall> name_call(const seccomp_data& data) {
  const auto call = static_cast<std::uint32_t>(data.nr);
  for (const auto& open : opens) {
    if (open.call == call) {
      const auto flags = static_cast<std::uint32_t>(data.args[open.name + 1]);
      const bool write = (flags & O_PATH) == 0 && (flags & writes) != 0;
      return NameCall{.verb = write ? Verb::open_to_write : Verb::open_to_read,
                      .names = {argument(data, open.directory, static_cast<int>(open.name)), std::nullopt}};
    }
  }
  for (const auto& layout : layouts) {
    if (layout.call == call) {
      NameCall found{.verb = layout.verb, .names = {argument(data, layout.directory, layout.name), std::nullopt}};
      if (layout.other_name >= 0) {
        found.names[1] = argument(data, layout.other_directory, layout.other_name);
      }
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace agentbox
