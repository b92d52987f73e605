// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/session.hpp"

#include <fmt/format.h>
#include <libssh/server.h>

#include <sys/socket.h>

#include <exception>
#include <string_view>

// What the server may ask of us, what we ask of it for others, and the connections that come of both.

namespace agentbox {

namespace {

/// What a message callback returns to have libssh send the refusal that fits.
constexpr int refuse = 1;
constexpr int handled = 0;

/// Until the guest says whether anything listens there. Under emulation, on a busy machine, this takes seconds.
constexpr std::chrono::seconds opening_patience{60};

/// Whether the server refused for what it is set up to (RFC 4254, 5.1: reason 1), and not because nothing listens
/// (reason 2). libssh tells the reason in the words of its error only: "Channel opening failure: channel 44 error (1) ...".
bool is_prohibited(ssh_session session) {
  return std::string_view(ssh_get_error(session)).find(" error (1) ") != std::string_view::npos;
}

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
  if (asked < 1 || asked > 65535 || !has_room()) {
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

void SshSession::accept_published() {
  for (const auto& one : published_) {
    while (has_room()) {
      UniqueFd socket(::accept4(one.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!socket) {
        break;  // nobody waits any more
      }
      openings_.push_back({std::make_unique<Channel>(session_.get()), std::move(socket), one.guest_port,
                           Clock::now() + opening_patience});
    }
  }
}

void SshSession::advance_openings() {
  for (auto& opening : openings_) {
    // RFC 4254, 7.2. By name: a server of the guest's may listen on ::1 only. Each call asks once, or looks for the answer.
    const int result = ssh_channel_open_forward(opening.channel->raw(), "localhost", opening.guest_port.number(),
                                                "127.0.0.1", 0);
    if (result == SSH_OK) {
      forwards_.emplace_back(std::move(opening.channel), std::move(opening.socket));
    } else if (result != SSH_AGAIN) {
      forwarding_refused_ = forwarding_refused_ || is_prohibited(session_.get());
      opening.channel.reset();  // refused: the server has nothing to close
    } else if (Clock::now() > opening.deadline) {
      retire(std::move(opening.channel));
    }
  }
  std::erase_if(openings_, [](const Opening& opening) { return !opening.channel; });
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
