// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/session_channel.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {

SessionChannel::SessionChannel(SshSession& session, const RemoteCommand& command)
    : session_(session), channel_(session.open_channel()) {
  try {
    start(command);
  } catch (...) {
    session_.retire(std::move(channel_));
    throw;
  }
}

SessionChannel::~SessionChannel() {
  if (channel_) {
    session_.retire(std::move(channel_));
  }
}

void SessionChannel::start(const RemoteCommand& command) {
  ssh_channel raw = channel_->raw();
  if (command.pty) {
    session_.complete("the guest gives no terminal", [raw, &pty = *command.pty] {
      return ssh_channel_request_pty_size(raw, pty.term.c_str(), pty.size.columns, pty.size.rows);
    });
  }
  for (const auto& [name, value] : command.environment) {
    session_.complete(fmt::format("the guest's SSH server refuses the environment variable {}", name),
                      [&] { return ssh_channel_request_env(raw, name.c_str(), value.c_str()); });
  }
  session_.complete("the guest does not start the command", [&] {
    return command.command.empty() ? ssh_channel_request_shell(raw)
                                   : ssh_channel_request_exec(raw, command.command.c_str());
  });
}

int SessionChannel::fd() const { return session_.fd(); }
short SessionChannel::wanted_events() const { return session_.wanted_events(); }
void SessionChannel::serve() { session_.serve(); }
void SessionChannel::append_poll_set(std::vector<std::pair<int, short>>& set) const { session_.append_poll_set(set); }

std::size_t SessionChannel::writable_bytes() const { return std::min(channel_->window(), session_.write_budget()); }

std::size_t SessionChannel::write(std::string_view data) { return channel_->write(data.substr(0, writable_bytes())); }

void SessionChannel::send_eof() {
  if (!session_.lost()) {
    channel_->send_eof();
  }
}

std::string SessionChannel::read_stdout(std::size_t limit) { return channel_->read(Stream::standard_output, limit); }
std::string SessionChannel::read_stderr(std::size_t limit) { return channel_->read(Stream::standard_error, limit); }

bool SessionChannel::output_finished() const {
  return channel_->remote_eof() && !channel_->readable(Stream::standard_output) &&
         !channel_->readable(Stream::standard_error);
}

void SessionChannel::resize(TerminalSize size) {
  if (!session_.lost() && !channel_->remote_closed()) {
    ssh_channel_change_pty_size(channel_->raw(), size.columns, size.rows);
  }
}

void SessionChannel::send_signal(std::string_view name) {
  if (!session_.lost() && !channel_->remote_closed()) {
    ssh_channel_request_send_signal(channel_->raw(), std::string(name).c_str());
  }
}

std::optional<ExitStatus> SessionChannel::exit_status() const { return channel_->exit_status(); }

bool SessionChannel::connection_lost() const {
  return session_.lost() || (channel_->remote_closed() && !channel_->exit_status());
}

std::string SessionChannel::lost_reason() const {
  return session_.lost() ? session_.lost_reason() : "the guest ended the command without telling how it ended";
}

}  // namespace agentbox
