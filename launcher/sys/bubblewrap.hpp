// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/wait.hpp"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// What a room made by bubblewrap must know of the host; gathered by inspect_root(), made up in tests.
struct HostLayout {
  std::filesystem::path bubblewrap;
  struct RootLink {
    std::filesystem::path link;    ///< "/lib"
    std::filesystem::path target;  ///< "usr/lib"
  };
  std::vector<RootLink> links;  ///< where /usr is merged
  std::vector<std::filesystem::path>
      read_only;  ///< /lib and its kin where it is not; /etc/ld.so.cache; more by the caller
  std::filesystem::path name_servers = {};  ///< what /etc/resolv.conf leads to; empty: none
};

/// Where programs and their libraries are on this host. bubblewrap is empty when it is not installed.
HostLayout inspect_root();

/// Options for a read-only /usr with its links, /proc, /dev, an empty /tmp, and host.read_only.
void add_root(std::vector<std::string>& arguments, const HostLayout& host);

/// Reads what bubblewrap's --info-fd tells, {"child-pid": 123, ...}: the first process inside its PID namespace. No
/// value when bubblewrap gave up before it came to that. Throws Error{backend} at the deadline; program is for its
/// message. Not interruptible: it takes milliseconds, and without the PID nobody could end what was started.
std::optional<pid_t> read_child_pid(int info_fd, std::string_view program, Deadline deadline);

/// The program itself: the one child of the first process inside. No value when that has none (it ends then).
std::optional<pid_t> only_child(pid_t first_inside);

/// Ends sandboxes that have outlived the part of bubblewrap that stands outside of them, and in whose arguments one of these directories stands.
/// The kernel ends both parts with their parents (--die-with-parent), but the inner one asks for that when it has set the sandbox up, and
/// not whether its parent still lives (bubblewrap 0.8): a launcher that is killed just then leaves it behind. Returns how many there were.
int end_orphaned_sandboxes(const std::vector<std::filesystem::path>& directories);

/// What the kernel says about a process that should be locked in. Empty: all walls stand; else what is missing.
/// Walls: no_new_privs, a seccomp filter, no effective capability, and namespaces other than ours of these kinds
/// ("user", "mnt", "pid", "ipc", "uts", "net", as in /proc/PID/ns).
std::vector<std::string> missing_walls(pid_t pid, const std::vector<std::string>& namespaces);

}  // namespace agentbox
