// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0

// agentbox runs coding agents in throw-away virtual machines. Where to look for what:
//   cli/        the command line: words -> options -> a call into session/; what is printed
//   session/    the story of one run, from plan to destruction; the other commands on sessions
//   config/     YAML -> agent profiles, policies, base images, the user's settings
//   image/      base images (provisioned disks) and templates (frozen machines)
//   vm/         QEMU: its command line, its confinement, QMP
//   ssh/        how the launcher talks to the guest
//   relay/      the user's terminal <-> the agent's
//   workspace/  which directories may be shared, and how
//   store/      sessions, snapshots and secrets on disk
//   guest/      the one program of ours that runs inside the VM
//   sys/ core/  descriptors, processes, signals, files; errors, units, text

#include "cli/command_line.hpp"
#include "cli/output.hpp"
#include "cli/report_error.hpp"
#include "sys/secret_memory.hpp"
#include "sys/signals.hpp"

#include <exception>

int main(int argc, char** argv) {
  using namespace agentbox;
  try {
    open_missing_standard_descriptors();
    forbid_core_dumps();  // the keys of the user pass through here
    block_signals();
    return run_command_line({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const Error& error) {
    print_error_output(error_text(error));
    return exit_code_of(error);
  } catch (const std::exception& error) {
    const Error bug = as_bug(error);
    print_error_output(error_text(bug));
    return exit_code_of(bug);
  }
}
