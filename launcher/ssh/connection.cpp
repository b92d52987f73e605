// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/connection.hpp"

#include "core/error.hpp"
#include "ssh/attempt.hpp"
#include "ssh/command_run.hpp"
#include "ssh/key_import.hpp"
#include "ssh/connection_impl.hpp"
#include "ssh/session_channel.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {

namespace {

using std::chrono::milliseconds;

/// Grows: on a very busy machine a guest that is up may need longer than the first patience for its banner, and would
/// never be reached if each attempt were given up too early.
constexpr milliseconds first_banner_patience{5000};
constexpr milliseconds longest_banner_patience{30000};

constexpr milliseconds first_pause{50};
constexpr milliseconds longest_pause{500};

void pause_between_attempts(SocketWait& wait, Deadline until, const std::string& reason) {
  if (wait.wait({}, until) == SocketWait::Outcome::hopeless) {
    throw Error(ErrorKind::backend,
                fmt::format("the virtual machine ended before its SSH server answered ({})", reason));
  }
}

}  // namespace

std::string to_string(const SshEndpoint& endpoint) {
  if (const auto* tcp = std::get_if<TcpAddress>(&endpoint.server)) {
    return fmt::format("{} port {}", tcp->address, tcp->port.number());
  }
  return fmt::format("the guest's port {}", std::get<DialSocket>(endpoint.server).port.number());
}

SshConnection::SshConnection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SshConnection::SshConnection(SshConnection&&) noexcept = default;
SshConnection& SshConnection::operator=(SshConnection&&) noexcept = default;
SshConnection::~SshConnection() = default;

SshConnection SshConnection::connect(const SshEndpoint& endpoint, Deadline deadline, int wait_with_fd) {
  const ConnectPlan plan{.endpoint = endpoint,
                         .host_key = import_public_key(endpoint.host_key),
                         .private_key = import_private_key(endpoint.private_key),
                         .deadline = deadline};
  SocketWait wait(wait_with_fd);
  milliseconds patience = first_banner_patience;
  milliseconds pause = first_pause;
  while (true) {
    AttemptResult result = attempt_connection(plan, wait, patience);
    if (auto* session = std::get_if<SshSessionOwner>(&result)) {
      return SshConnection(std::make_unique<Impl>(std::move(*session), endpoint.patience));
    }
    const std::string& reason = std::get<TryAgain>(result).reason;
    if (Clock::now() + pause >= deadline) {
      throw Error(ErrorKind::backend, fmt::format("the guest's SSH server on {} did not answer in time ({})",
                                                  to_string(endpoint), reason));
    }
    pause_between_attempts(wait, Clock::now() + pause, reason);
    patience = std::min(patience * 3 / 2, longest_banner_patience);
    pause = std::min(pause * 2, longest_pause);
  }
}

RemoteOutput SshConnection::run(const RemoteCommand& command, std::string_view input, ByteSize limit,
                                std::optional<Deadline> deadline) {
  RemoteOutput result{.status = ExitStatus::exited(0), .output = {}, .error_output = {}};
  const auto collect = [&result, limit](Stream stream, std::string_view part) {
    std::string& text = stream == Stream::standard_output ? result.output : result.error_output;
    text.append(part.substr(0, limit.bytes() - text.size()));  // the rest is read and dropped
  };
  SessionChannel channel(impl_->session, command);
  result.status = run_to_end(channel, input, collect, deadline);
  return result;
}

RemoteOutput SshConnection::run_with_output(const RemoteCommand& command, const std::function<void(std::string_view)>& on_output) {
  constexpr std::size_t longest_complaint = 4096;
  RemoteOutput result{.status = ExitStatus::exited(0), .output = {}, .error_output = {}};
  SessionChannel channel(impl_->session, command);
  result.status = run_to_end(channel, {}, [&](Stream stream, std::string_view part) {
    if (stream == Stream::standard_output) {
      on_output(part);
    } else {
      result.error_output.append(part.substr(0, longest_complaint - result.error_output.size()));
    }
  });
  return result;
}

ExitStatus SshConnection::run_with_lines(const RemoteCommand& command, std::string_view input,
                                         const std::function<void(std::string_view)>& on_line) {
  LineSplitter output(on_line);
  LineSplitter error_output(on_line);
  SessionChannel channel(impl_->session, command);
  const ExitStatus status = run_to_end(channel, input, [&](Stream stream, std::string_view part) {
    (stream == Stream::standard_output ? output : error_output).add(part);
  });
  output.finish();
  error_output.finish();
  return status;
}

void SshConnection::forward_guest_port(Port guest_port, Port host_port) {
  impl_->session.add_forward(guest_port, host_port);
}

void SshConnection::publish(UniqueFd listener, Port guest_port) {
  impl_->session.publish(std::move(listener), guest_port);
}

bool SshConnection::forwarding_refused() const { return impl_->session.forwarding_refused(); }

std::unique_ptr<RemoteChannel> SshConnection::start(const RemoteCommand& command) {
  return std::make_unique<SessionChannel>(impl_->session, command);
}

}  // namespace agentbox
