// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/process.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"
#include "vm/qemu/machine.hpp"
#include "vm/qemu/spec.hpp"

#include <sys/types.h>

#include <string>

namespace agentbox {

/// The processes of one VM. Under bubblewrap there are three: bubblewrap outside (our child), the first process of the
/// PID namespace, and QEMU. The middle one is the one to watch and to kill: the kernel ends everything in there with
/// it.
struct RunningQemu {
  ChildProcess process;   ///< bubblewrap, or QEMU itself when it is not confined
  UniqueFd first_inside;  ///< pidfd of the namespace's first process; invalid when not confined
  pid_t first_inside_pid = -1;
  UniqueFd messages;  ///< QEMU's stderr: the file itself, since a name in the VM's directory could be replaced

  /// The tail of QEMU's messages, escaped for a terminal; empty when it said nothing.
  [[nodiscard]] std::string last_words() const;
  /// Of these the last line.
  [[nodiscard]] std::string last_line() const;
};

struct LaunchedQemu {
  RunningQemu qemu;
  UniqueFd qmp_socket;  ///< connected; QEMU greets when it is up
};

/// Makes qmp.sock and qemu.log in files.directory and starts QEMU with them, confined or not. spec: host paths;
/// relative ones are made absolute; a wire's socket is inherited and stays ours, too. Returns when the process runs, before QEMU answers. Throws Error{environment} when
/// the confinement cannot be set up.
LaunchedQemu launch_qemu(const VmSpec& spec, const MachineFiles& files, Deadline deadline);

/// The last bytes of a regular file, at most count; empty for anything that is no regular file.
std::string tail_of(int fd, std::size_t count);

}  // namespace agentbox
