// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "image/base/base_store.hpp"
#include "relay/relay.hpp"
#include "session/guest_command.hpp"
#include "session/manage.hpp"
#include "session/outcome.hpp"
#include "store/session_store.hpp"

namespace agentbox {
namespace {

constexpr std::chrono::seconds connect_limit{60};

decltype(SshEndpoint::server) ssh_server_of(const SessionRecord& record) {
  if (!record.dial_socket.empty()) {
    return DialSocket{record.dial_socket, Port(22)};
  }
  return TcpAddress{.port = Port(static_cast<std::uint16_t>(record.ssh_port))};
}

}  // namespace

TerminalRules terminal_rules_of(const SessionRecord& record, const Application& application) {
  try {
    return application.catalog.policy(record.policy).terminal;
  } catch (const Error&) {
    return TerminalRules{};
  }
}

ListedSession live_session(const std::string& name, const Application& application) {
  ListedSession session = SessionStore(application.directories.state / "sessions").find(name);
  if (!session.live || (session.record.ssh_port == 0 && session.record.dial_socket.empty())) {
    throw Error(ErrorKind::usage, "session " + session.record.id + " has no running VM",
                "agentbox ls shows which sessions run");
  }
  return session;
}

SshConnection connect_to_session(const SessionRecord& record, const Application& application) {
  const BaseBuild base = BaseStore(application.directories.data / "bases").load(record.base_build);
  return SshConnection::connect({.server = ssh_server_of(record),
                                 .user = "root",
                                 .host_key = record.host_key,
                                 .private_key = base.private_key()},
                                Clock::now() + connect_limit);
}

int exec_in_session(const ExecRequest& request, const Application& application) {
  const ListedSession session = live_session(request.session, application);
  const SessionRecord& record = session.record;
  const auto recording = request.recording ? begin_recording_beside(session, Beside::exec, *request.recording, application) : nullptr;
  SshConnection ssh = connect_to_session(record, application);
  const RelayMode mode = choose_relay_mode();
  const GuestPlan plan{.prepare = {},
                       .user = request.run_as == RunAs::root ? "root" : record.guest_user,
                       .directory = record.project,
                       .argv = request.command};
  const auto channel = ssh.start(further_command(plan, mode));
  const auto rules = request.terminal_filter == TerminalFilter::on ? std::optional(terminal_rules_of(record, application)) : std::nullopt;
  const RelayOutcome outcome = relay(*channel, {.mode = mode, .terminal_rules = rules, .recording = recording.get()});
  if (recording) {
    end_recording(*recording, application.progress);
  }
  return exit_code_of(outcome);
}

}  // namespace agentbox
