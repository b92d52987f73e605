// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/bpf.hpp"
#include "sys/unique_fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// What a child shuts itself into between fork and exec, where user namespaces cannot be had: no capability, no_new_privs, a
/// Landlock ruleset, system call filters. spawn() adds lone_process_filter() to them.
struct Walls {
  UniqueFd ruleset;                      ///< make_ruleset()
  std::vector<bpf::Program> filters;     ///< must leave the calls that end in exec: prctl, execve, write, exit_group
};

/// The one start that a walled-in child may make, and itself.
struct LoneProcess {
  const char* program;  ///< the very pointer that execve(2) gets
  std::uint32_t pid;
};

/// The filter that stands in for a PID and an IPC namespace: no other process can be signalled, traced, read, limited or
/// started, no kernel object be found by a number or a name (System V, message queues, keys), no file be watched, no
/// namespace made. execve is allowed with one pointer only, everything else kills: whoever starts the program chose an address
/// that nobody can guess, and in the new program the memory there is gone. So it becomes this program and never another.
/// fork is refused, threads are not. Pure.
bpf::Program lone_process_filter(const LoneProcess& process);

/// Calls that are there for those who run the system, and such as have had more than their share of holes (bpf,
/// userfaultfd, io_uring).
void refuse_the_system(bpf::Program& program);
/// clone(2) with a namespace. clone3(2), which hides its flags behind a pointer, is refused by refuse_the_system().
void refuse_new_namespaces(bpf::Program& program);

/// For doctor: runs `true` behind such walls. No value when that works and a file outside the rules cannot be read there;
/// else why it does not.
std::optional<std::string> landlock_problem();

}  // namespace agentbox
