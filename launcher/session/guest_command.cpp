// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/guest_command.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include "core/error.hpp"
#include "guest/held.hpp"
#include "sys/files.hpp"
#include "sys/terminal.hpp"

namespace agentbox {
namespace {

constexpr std::size_t entropy_bytes = 64;

std::optional<PtyRequest> pty_request(RelayMode mode) {
  if (mode != RelayMode::terminal) {
    return std::nullopt;
  }
  const char* term = std::getenv("TERM");
  return PtyRequest{.term = term != nullptr && *term != '\0' ? term : "xterm-256color",
                    .size = terminal_size(STDOUT_FILENO).value_or(TerminalSize{.columns = 80, .rows = 24})};
}

EnvironmentList plan_environment(const GuestPlan& plan) {
  try {
    return to_environment(plan);
  } catch (const std::length_error& error) {
    throw Error(ErrorKind::usage, error.what(), "put the text into a file of the project, or hand it over on standard input");
  }
}

// The project's files show the ids that QEMU sees: bubblewrap makes 1000 of ours (docs/decisions/0003), nothing else can. As root
// there is no way: an agent that is root refuses to run without its prompts.
std::optional<std::uint32_t> guest_uid(const RunPlan& plan) {
  constexpr std::uint32_t uid_in_room = 1000;
  if (plan.confinement == Confinement::bubblewrap) {
    return uid_in_room;
  }
  return geteuid() == 0 ? std::nullopt : std::optional<std::uint32_t>(geteuid());
}

GuestPlan::Prepare::Workspace::Mode guest_mode(WorkspaceMode mode) {
  using Mode = GuestPlan::Prepare::Workspace::Mode;
  switch (mode) {
    case WorkspaceMode::live:
      return Mode::live;
    case WorkspaceMode::overlay:
      return Mode::overlay;
    case WorkspaceMode::copy:
      return Mode::copy;
    case WorkspaceMode::readonly:
    case WorkspaceMode::none:
      break;
  }
  return Mode::readonly;
}

GuestPlan::Prepare::Workspace guest_workspace(const RunPlan& plan) {
  using Ignored = GuestPlan::Prepare::Workspace::Ignored;
  using LeaveOut = GuestPlan::Prepare::Workspace::LeaveOut;
  const bool leave_out = plan.review_ignored == Policy::ReviewIgnored::no;
  return {.path = plan.project,
          .mode = guest_mode(plan.workspace),
          .ignored = plan.copy_ignored == Policy::CopyIgnored::yes ? Ignored::with : Ignored::without,
          .leave_out_names = leave_out ? names_always_hot() : std::vector<std::string>{},
          .leave_out = leave_out ? LeaveOut::ignored : LeaveOut::nothing};
}

GuestPlan::Prepare::Fork fork_identity(const MachineIdentity& identity) {
  return {.boot_id = identity.boot_id,
          .mac = identity.mac,
          .host_key = identity.host_key.private_key};
}

GuestPlan::Prepare preparation(const RunPlan& plan, const MachineIdentity& identity, const SharedDirectories& directories) {
  GuestPlan::Prepare prepare{.clock_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                             std::chrono::system_clock::now().time_since_epoch())
                                             .count(),
                             .entropy = random_hex(entropy_bytes),
                             .hostname = identity.name,
                             .machine_id = identity.machine_id,
                             .fork = {},
                             .workspace = {},
                             .directories = directories.guest,
                             .links = directories.links,
                             .copies = directories.copies,
                             .hot = directories.hot,
                             .uid = guest_uid(plan),
                             .files = {}};
  if (plan.workspace != WorkspaceMode::none) {
    prepare.workspace = guest_workspace(plan);
  }
  for (const auto& seed : plan.seed) {
    prepare.files.push_back({.path = seed.path, .content = seed.content});
  }
  return prepare;
}

}  // namespace

GuestPlan::Prepare identity_preparation(const MachineIdentity& identity) {
  return {.clock_ns = 0,
          .entropy = random_hex(entropy_bytes),
          .hostname = identity.name,
          .machine_id = identity.machine_id,
          .fork = fork_identity(identity),
          .workspace = {},
          .directories = {},
          .links = {},
          .copies = {},
          .hot = {},
          .uid = {},
          .files = {}};
}

GuestPlan session_preparation(const RunPlan& plan, const MachineIdentity& identity, const SharedDirectories& directories) {
  GuestPlan guest{.prepare = preparation(plan, identity, directories), .user = plan.user, .directory = {}, .argv = {}};
  guest.prepare->fork = fork_identity(identity);
  return guest;
}

RemoteCommand session_command(const RunPlan& plan, const MachineIdentity& identity, const SharedDirectories& directories,
                              RelayMode mode, Machine machine) {
  GuestPlan guest{.prepare = {}, .user = plan.user, .directory = plan.project, .argv = plan.command};
  // What a person looks at goes on without that terminal; what has pipes is bound to them.
  guest.holding = mode == RelayMode::terminal ? GuestPlan::Holding::held : GuestPlan::Holding::none;
  if (machine == Machine::unprepared) {
    guest.prepare = preparation(plan, identity, directories);
  }
  RemoteCommand command = further_command(guest, mode);
  for (const auto& variable : plan.environment) {
    command.environment.emplace_back(variable.name, variable.value);
  }
  return command;
}

RemoteCommand attach_command(RelayMode mode) {
  return {.command = guest_attach_command, .environment = {}, .pty = pty_request(mode)};
}

RemoteCommand further_command(const GuestPlan& plan, RelayMode mode) {
  return {.command = guest_session_command, .environment = plan_environment(plan), .pty = pty_request(mode)};
}

}  // namespace agentbox
