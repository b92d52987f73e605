// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/bpf.hpp"

#include <linux/seccomp.h>

#include <array>
#include <cstdint>
#include <optional>

/// The system calls that make, change, take away or open files by name, for a supervisor that is asked about each of them
/// (seccomp_unotify(2)). Allocates nothing but the program.
namespace agentbox {

/// Whether opening a directory is asked about, too. That is once for nearly each thing that QEMU's file server does, so it is for where
/// nothing is mounted over what is hidden.
enum class AskedOpens { files, files_and_directories };

/// Notifies of those calls; of open and openat not when they open a place only (O_PATH), nor, for files, a directory (O_DIRECTORY). openat2 and
/// io_uring are reported as missing: their arguments are behind pointers that may change, or there is no call at all. Notifies of
/// fcntl(F_SETFL) with O_APPEND, too: QEMU sets a file's flags anew as soon as it has opened it. Pure.
bpf::Program name_call_filter(AskedOpens asked);

/// One of a call's names: the directory's descriptor (AT_FDCWD where the call has none), and where the name is in its memory.
struct NameArgument {
  int directory;
  std::uint64_t address;
};

struct NameCall {
  enum class Verb {
    open_to_read,
    open_to_write,   ///< or to make
    make,            ///< a directory, a special file
    make_directory,
    make_link,       ///< a symbolic link: names[0] is its own
    hard_link,       ///< from names[0] to names[1]
    move,            ///< likewise; perhaps an exchange of both
    remove,
  } verb;
  std::array<std::optional<NameArgument>, 2> names;
};

/// What a notification is about; no value for a call that is not about names.
std::optional<NameCall> name_call(const seccomp_data& data);

/// fcntl(descriptor, F_SETFL, flags), with O_APPEND among them.
struct AppendingCall {
  int descriptor;
  int flags;
};

/// No value: the notification is about another call.
std::optional<AppendingCall> appending_call(const seccomp_data& data);

/// What a child does between fork and exec to be supervised: installs name_call_filter(), and sends the descriptor that the supervisor
/// answers on to a socket. ProcessSpec::supervised.
struct SupervisedNames {
  int socket;            ///< connected to the supervisor
  std::int32_t supervisor;  ///< its pid: it has to read names in the child's memory
  AskedOpens asked;
};

}  // namespace agentbox
