// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/session.hpp"

#include <fmt/format.h>
#include <libssh/server.h>

#include <exception>

// What the server may ask of us, and the connections that come of it.

namespace agentbox {

namespace {

/// What a message callback returns to have libssh send the refusal that fits.
constexpr int refuse = 1;
constexpr int handled = 0;

}  // namespace

void SshSession::add_forward(Port guest_port, Port host_port) {
  const auto ask = [this, guest_port] {
    return ssh_channel_listen_forward(session_.get(), "127.0.0.1", guest_port.number(), nullptr);
  };
  const auto attempted = fmt::format("the guest does not forward its port {}", guest_port.number());
  if (probed_) {
    // libssh knows one unanswered global request at a time. If the last one is a keepalive whose answer nobody has
    // fetched, this call gets that answer (a refusal) in place of its own and sends nothing.
    probed_ = false;
    try {
      complete(attempted, ask);
      forwarded_ports_.insert_or_assign(guest_port, host_port);
      return;
    } catch (const Error& error) {
      if (lost() || error.kind() == ErrorKind::interrupted) {
        throw;
      }
    }
  }
  complete(attempted, ask);
  forwarded_ports_.insert_or_assign(guest_port, host_port);
}

int SshSession::on_message(ssh_session, ssh_message message, void* self) noexcept {
  if (ssh_message_type(message) != SSH_REQUEST_CHANNEL_OPEN ||
      ssh_message_subtype(message) != SSH_CHANNEL_FORWARDED_TCPIP) {
    return refuse;
  }
  try {
    return static_cast<SshSession*>(self)->accept_forward(message);
  } catch (const std::exception&) {  // out of memory; an exception must not cross libssh
    return refuse;
  }
}

int SshSession::accept_forward(ssh_message message) {
  const int asked = ssh_message_channel_request_open_destination_port(message);
  if (asked < 1 || asked > 65535 || forwards_.size() + closing_.size() >= most_forwards) {
    return refuse;
  }
  const auto known = forwarded_ports_.find(Port(static_cast<std::uint16_t>(asked)));
  if (known == forwarded_ports_.end()) {
    return refuse;
  }
  ssh_channel accepted = ssh_message_channel_request_open_reply_accept(message);
  if (accepted != nullptr) {
    forwards_.emplace_back(std::make_unique<Channel>(accepted), known->second);
  }
  return handled;
}

void SshSession::serve_forwards() {
  std::size_t budget = write_budget();
  for (auto& forward : forwards_) {
    budget -= forward.pump(budget);
    if (forward.finished()) {
      retire(forward.release_channel());
    }
  }
  std::erase_if(forwards_, [](const ForwardedConnection& forward) { return forward.retired(); });
}

}  // namespace agentbox
