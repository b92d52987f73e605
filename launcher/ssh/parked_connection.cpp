// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/parked_connection.hpp"

#include "core/error.hpp"
#include "ssh/attempt.hpp"
#include "ssh/connection_impl.hpp"
#include "ssh/key_import.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace agentbox {

namespace {

/// RFC 4253 section 4.2: 255 with CR LF, and lines of other text before it, which a server of ours does not send.
constexpr std::size_t longest_identification = 255;
/// RFC 4253 section 6.1.
constexpr std::size_t longest_packet = 35000;
constexpr std::size_t length_field = 4;

/// Takes libssh's first line, which it sends before it has heard anything, off the other end of its socket.
std::string take_identification(int server_end) {
  char line[longest_identification];
  const ssize_t count = ::recv(server_end, line, sizeof line, MSG_DONTWAIT);
  return {line, count > 0 ? static_cast<std::size_t>(count) : 0};
}

/// The length of a greeting, as soon as its beginning tells it.
std::optional<std::size_t> greeting_length(std::string_view begun) {
  const std::size_t newline = begun.find('\n');
  if (newline == std::string_view::npos) {
    if (begun.size() >= longest_identification) {
      throw Error(ErrorKind::backend, "the guest's SSH server begins with something else than its name");
    }
    return std::nullopt;
  }
  const std::string_view packet = begun.substr(newline + 1);
  if (packet.size() < length_field) {
    return std::nullopt;
  }
  std::size_t length = 0;
  for (const char byte : packet.substr(0, length_field)) {
    length = length << 8U | static_cast<unsigned char>(byte);
  }
  if (length > longest_packet) {
    throw Error(ErrorKind::backend, "the guest's SSH server begins with a packet that is longer than any may be");
  }
  return newline + 1 + length_field + length;
}

Error does_not_go_on(std::string_view reason) {
  return {ErrorKind::backend, fmt::format("the guest's SSH server does not go on ({})", reason)};
}

}  // namespace

const std::string& client_identification() {
  // Of the library that is loaded, not of the one that we were built with: "0.10.6/openssl/zlib".
  static const std::string version = ssh_version(0);
  static const std::string line = "SSH-2.0-libssh_" + version.substr(0, version.find('/')) + "\r\n";
  return line;
}

std::string receive_greeting(int socket, Deadline deadline) {
  SocketWait wait;
  std::string greeting;
  for (std::optional<std::size_t> length; !length || greeting.size() < *length; length = greeting_length(greeting)) {
    if (wait.wait({{socket, POLLIN}}, deadline) == SocketWait::Outcome::deadline) {
      throw Error(ErrorKind::backend, "the guest's SSH server does not begin to speak");
    }
    char part[4096];
    const ssize_t count = ::read(socket, part, sizeof part);
    if (count <= 0) {
      throw Error(ErrorKind::backend, "the guest's SSH server ended before it had begun");
    }
    greeting.append(part, static_cast<std::size_t>(count));
  }
  if (greeting.size() != greeting_length(greeting)) {
    throw Error(ErrorKind::backend, "the guest's SSH server says more than it should before it is answered");
  }
  return greeting;
}

struct ParkedConnection::Impl {
  explicit Impl(SshEndpoint to, std::string opening)
      : endpoint(std::move(to)),
        greeting(std::move(opening)),
        plan{.endpoint = endpoint,
             .host_key = import_public_key(endpoint.host_key),
             .private_key = import_private_key(endpoint.private_key),
             .deadline = Deadline::max()},
        ends(make_socket_pair()),
        attempt(plan, wait, std::move(ends.ours)) {}

  SshEndpoint endpoint;
  std::string greeting;
  ConnectPlan plan;
  SocketPair ends;
  SocketWait wait;
  Attempt attempt;
};

ParkedConnection::ParkedConnection(SshEndpoint endpoint, std::string greeting)
    : impl_(std::make_unique<Impl>(std::move(endpoint), std::move(greeting))) {
  impl_->attempt.begin_exchange();
  const std::string said = take_identification(impl_->ends.theirs.get());
  if (said != client_identification()) {
    throw Error(ErrorKind::internal, "libssh names itself otherwise than it should");
  }
}

ParkedConnection::ParkedConnection(ParkedConnection&&) noexcept = default;
ParkedConnection& ParkedConnection::operator=(ParkedConnection&&) noexcept = default;
ParkedConnection::~ParkedConnection() = default;

int ParkedConnection::server_end() const { return impl_->ends.theirs.get(); }

SshConnection ParkedConnection::take_up(Deadline deadline, int wait_with_fd) {
  // As if it came from the server, which said it to another client of ours. It fits in the socket's buffer.
  const ssize_t repeated =
      ::send(impl_->ends.theirs.get(), impl_->greeting.data(), impl_->greeting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (repeated < 0 && errno == EPIPE) {
    throw does_not_go_on("its line was closed while it waited");
  }
  if (repeated != static_cast<ssize_t>(impl_->greeting.size())) {
    throw system_error("cannot repeat the SSH server's greeting");
  }
  impl_->ends.theirs.reset();  // the machine's copy is the only one now: when it goes we shall see it
  impl_->plan.deadline = deadline;
  impl_->wait = SocketWait(wait_with_fd);
  AttemptResult result = impl_->attempt.go_on();
  if (auto* failed = std::get_if<TryAgain>(&result)) {
    throw does_not_go_on(failed->reason);
  }
  return SshConnection(
      std::make_unique<SshConnection::Impl>(std::move(std::get<SshSessionOwner>(result)), impl_->endpoint.patience));
}

}  // namespace agentbox
