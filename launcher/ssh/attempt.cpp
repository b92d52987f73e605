// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/attempt.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/unique_fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace agentbox {

namespace {

/// From the banner to the end of authentication. A guest under emulation on a busy host needs seconds for it.
constexpr std::chrono::seconds handshake_patience{60};

}  // namespace

Attempt::Attempt(const ConnectPlan& plan, SocketWait& wait, std::chrono::milliseconds banner_patience)
    : plan_(plan), wait_(wait), give_up_(std::min(plan.deadline, Clock::now() + banner_patience)) {}

Attempt::Attempt(const ConnectPlan& plan, SocketWait& wait, UniqueFd connected)
    : plan_(plan), wait_(wait), give_up_(Deadline::max()), socket_(std::move(connected)) {}

Attempt::Failure Attempt::begin_connection(const TcpAddress& server) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(server.address.c_str(), std::to_string(server.port.number()).c_str(), &hints, &found) != 0) {
    throw Error(ErrorKind::backend, fmt::format("'{}' is not a numeric address", server.address));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> address(found, ::freeaddrinfo);
  socket_ = UniqueFd(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_) {
    throw system_error("cannot make a socket");
  }
  if (::connect(socket_.get(), address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS) {
    return TryAgain{std::strerror(errno)};
  }
  return std::nullopt;
}

Attempt::Failure Attempt::connect_socket() {
  if (const auto* dial = std::get_if<DialSocket>(&plan_.endpoint.server)) {
    socket_ = dial_guest(*dial, give_up_);
  } else if (auto failed = begin_connection(std::get<TcpAddress>(plan_.endpoint.server))) {
    return failed;
  }
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!await(POLLOUT)) {
    return TryAgain{"no answer to the TCP connection"};
  }
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? Failure() : TryAgain{std::strerror(error)};
}

void Attempt::set(ssh_options_e option, const void* value) {
  if (ssh_options_set(session_.get(), option, value) != SSH_OK) {
    throw Error(ErrorKind::internal,
                fmt::format("libssh refuses option {}: {}", static_cast<int>(option), ssh_get_error(session_.get())));
  }
}

void Attempt::make_session() {
  session_.reset(ssh_new());
  if (!session_) {
    throw Error(ErrorKind::environment, "cannot make an SSH session: out of memory");
  }
  const int off = 0;
  // The user's ~/.ssh/config may hold a ProxyCommand or a Match exec; nothing of it may apply here.
  set(SSH_OPTIONS_PROCESS_CONFIG, &off);
  set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
  set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  set(SSH_OPTIONS_HOST, "guest");  // a name is demanded; the socket is connected already
  set(SSH_OPTIONS_USER, plan_.endpoint.user.c_str());
  set(SSH_OPTIONS_KEY_EXCHANGE, "curve25519-sha256,curve25519-sha256@libssh.org");
  set(SSH_OPTIONS_HOSTKEYS, "ssh-ed25519");
  set(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, "ssh-ed25519");
  // ChaCha20 first: a guest under emulation has no AES instructions that are worth the name.
  for (const auto option : {SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C}) {
    set(option, "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com");
  }
  for (const auto option : {SSH_OPTIONS_COMPRESSION_C_S, SSH_OPTIONS_COMPRESSION_S_C}) {
    set(option, "none");
  }
  const socket_t fd = socket_.get();
  set(SSH_OPTIONS_FD, &fd);
  ssh_set_blocking(session_.get(), 0);
}

/// False when this attempt's time is over.
bool Attempt::await(short events) {
  const int fd = session_ ? ssh_get_fd(session_.get()) : socket_.get();
  switch (wait_.wait({{fd, events}}, give_up_)) {
    case SocketWait::Outcome::ready:
      return true;
    case SocketWait::Outcome::hopeless:
      throw Error(ErrorKind::backend, "the virtual machine ended before its SSH server answered");
    case SocketWait::Outcome::deadline:
      break;
  }
  return false;
}

/// Repeats a step of libssh's until it is through; gives `again` back when the time is over.
template <class Step>
int Attempt::complete(int again, Step step) {
  while (true) {
    const int result = step();
    if (result != again) {
      return result;
    }
    // libssh makes the socket blocking as soon as it is connected, and would then hang in send(2) for as long as the
    // guest does not read.
    set_nonblocking(ssh_get_fd(session_.get()));
    if (!banner_seen_ && ssh_get_serverbanner(session_.get()) != nullptr) {
      banner_seen_ = true;
      give_up_ = std::min(plan_.deadline, Clock::now() + handshake_patience);
    }
    const bool unsent = (ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0;
    if (!await(static_cast<short>(unsent ? POLLIN | POLLOUT : POLLIN))) {
      return again;
    }
  }
}

Attempt::Failure Attempt::failure(const char* phase) {
  return TryAgain{fmt::format("{}: {}", phase, escape_untrusted(ssh_get_error(session_.get()), 300))};
}

void Attempt::begin_exchange() {
  make_session();
  (void)socket_.release();  // ssh_connect() takes it at its first call, ssh_free() closes it
  if (ssh_connect(session_.get()) == SSH_ERROR) {
    ended_early_ = failure("key exchange");  // closed by the other side before our first word was through; libssh has no socket any more
    return;
  }
  set_nonblocking(ssh_get_fd(session_.get()));
}

Attempt::Failure Attempt::exchange_keys() {
  switch (complete(SSH_AGAIN, [this] { return ssh_connect(session_.get()); })) {
    case SSH_OK:
      return std::nullopt;
    case SSH_AGAIN:
      return TryAgain{banner_seen_ ? "the key exchange came to no end" : "no SSH banner came"};
    default:
      return failure("key exchange");
  }
}

void Attempt::check_host_key() {
  ssh_key received = nullptr;
  if (ssh_get_server_publickey(session_.get(), &received) != SSH_OK) {
    throw Error(ErrorKind::backend, "the guest's SSH server showed no host key");
  }
  const SshKeyOwner owner(received);
  if (ssh_key_cmp(received, plan_.host_key.get(), SSH_KEY_CMP_PUBLIC) != 0) {
    throw Error(ErrorKind::backend,
                fmt::format("the SSH server on {} does not have this guest's host key", to_string(plan_.endpoint)),
                "Another program may have taken the port. Nothing was sent to it; start again.");
  }
}

Attempt::Failure Attempt::authenticate() {
  int result = SSH_AUTH_DENIED;
  if (plan_.endpoint.line_is_ours) {
    result = complete(SSH_AUTH_AGAIN, [this] { return ssh_userauth_none(session_.get(), nullptr); });
  }
  if (result == SSH_AUTH_DENIED) {
    // One key, offered with its signature at once: no probe, no agent.
    result = complete(
        SSH_AUTH_AGAIN, [this] { return ssh_userauth_publickey(session_.get(), nullptr, plan_.private_key.get()); });
  }
  switch (result) {
    case SSH_AUTH_SUCCESS:
      return std::nullopt;
    case SSH_AUTH_AGAIN:
      return TryAgain{"the authentication came to no end"};
    case SSH_AUTH_DENIED:
    case SSH_AUTH_PARTIAL:
    case SSH_AUTH_INFO:
      throw Error(ErrorKind::backend,
                  fmt::format("the guest's SSH server refused the session's key for user '{}'", plan_.endpoint.user));
    default:
      return failure("authentication");
  }
}

AttemptResult Attempt::log_in() {
  if (ended_early_) {
    return std::move(*ended_early_);
  }
  if (auto failed = exchange_keys()) {
    return std::move(*failed);
  }
  check_host_key();
  if (auto failed = authenticate()) {
    return std::move(*failed);
  }
  return std::move(session_);
}

AttemptResult Attempt::go_on() {
  give_up_ = std::min(plan_.deadline, Clock::now() + handshake_patience);
  return log_in();
}

AttemptResult attempt_connection(const ConnectPlan& plan, SocketWait& wait, std::chrono::milliseconds banner_patience) {
  Attempt attempt(plan, wait, banner_patience);
  if (auto failed = attempt.connect_socket()) {
    return std::move(*failed);
  }
  attempt.begin_exchange();
  return attempt.log_in();
}

}  // namespace agentbox
