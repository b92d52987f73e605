// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/parked_guest.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "guest/parked.hpp"
#include "ssh/socket_wait.hpp"
#include "sys/would_block.hpp"

namespace agentbox {
namespace {

// A line of the guest's, which is hostile: a reason is a sentence.
constexpr std::size_t longest_answer = 4096;

// Nothing is dialled: the port is for messages.
SshEndpoint parked_endpoint(const BaseBuild& base) {
  return {.server = DialSocket{.path = {}, .port = Port(22)},
          .user = "root",
          .host_key = base.host_key,
          .private_key = base.private_key()};
}

SocketPair make_port() {
  SocketPair port = make_socket_pair();
  set_nonblocking(port.ours.get());
  return port;
}

void wait_for_guest(int fd, short events, Deadline deadline, int ended) {
  switch (SocketWait(ended).wait({{fd, events}}, deadline)) {
    case SocketWait::Outcome::ready:
      return;
    case SocketWait::Outcome::hopeless:
      throw Error(ErrorKind::backend, "the virtual machine ended while it was being prepared");
    case SocketWait::Outcome::deadline:
      throw Error(ErrorKind::backend, "the guest does not answer on its control port");
  }
}

void send_all(int fd, std::string_view text, Deadline deadline, int ended) {
  while (!text.empty()) {
    const ssize_t count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (would_block()) {
      wait_for_guest(fd, POLLOUT, deadline, ended);
    } else {
      throw Error(ErrorKind::backend, "the virtual machine closed its control port");
    }
  }
}

void require_answer(std::string_view answer, std::string_view wanted) {
  const std::string_view failed = said_failed;
  if (answer.starts_with(failed)) {
    throw Error(ErrorKind::backend, "the guest could not be prepared: " + escape_untrusted(answer.substr(failed.size()), 500));
  }
  if (answer != wanted) {
    throw Error(ErrorKind::backend, "the guest gives an answer that is none: " + escape_untrusted(answer, 100));
  }
}

}  // namespace

ParkingPlace::ParkingPlace() : ssh_(make_port()), control_(make_port()) {}

SerialPorts ParkingPlace::machine_ends() const {
  return {.ssh = ssh_.theirs.get(), .control = control_.theirs.get()};
}

std::optional<std::string> ParkingPlace::park(SshConnection& ssh, Deadline deadline) {
  // Loaded by name: without udev nothing loads it when the device is seen.
  const RemoteOutput result = ssh.run({.command = fmt::format("modprobe -q virtio_console; exec {}", guest_park_command)});
  if (result.status == ExitStatus::exited(no_ports_status)) {
    return std::nullopt;
  }
  if (!result.status.success()) {
    throw Error(ErrorKind::backend, "cannot leave the machine waiting for its forks",
                escape_untrusted(trim(result.error_output), 500));
  }
  send_all(ssh_.ours.get(), client_identification(), deadline, -1);
  return receive_greeting(ssh_.ours.get(), deadline);
}

ParkedGuest::ParkedGuest(const BaseBuild& base, std::string greeting)
    : ssh_(parked_endpoint(base), std::move(greeting)), control_(make_port()) {}

SerialPorts ParkedGuest::machine_ends() const {
  return {.ssh = ssh_.server_end(), .control = control_.theirs.get()};
}

void ParkedGuest::begin(const GuestPlan& plan, Deadline deadline, int ended) {
  control_.theirs.reset();
  const std::string text = to_json_text(plan);
  send_all(control_.ours.get(), fmt::format("{}\n{}", text.size(), text), deadline, ended);
  require_answer(next_answer(deadline, ended), said_reseeded);
}

SshConnection ParkedGuest::log_in(Deadline deadline, int ended) { return ssh_.take_up(deadline, ended); }

ParkedGuest::Ready ParkedGuest::await_ready(Deadline deadline, int ended) {
  const std::string answer = next_answer(deadline, ended);
  if (answer == said_ready) {
    return Ready::wholly;
  }
  require_answer(answer, said_without_kept);
  require_answer(next_answer(deadline, ended), said_ready);
  return Ready::without_kept_disk;
}

std::string ParkedGuest::next_answer(Deadline deadline, int ended) {
  std::size_t newline = heard_.find('\n');
  while (newline == std::string::npos) {
    if (heard_.size() > longest_answer) {
      throw Error(ErrorKind::backend, "the guest's answer on its control port is longer than any should be");
    }
    wait_for_guest(control_.ours.get(), POLLIN, deadline, ended);
    char part[1024];
    const ssize_t count = ::read(control_.ours.get(), part, sizeof part);
    if (count == 0 || (count < 0 && !would_block())) {
      throw Error(ErrorKind::backend, "the virtual machine closed its control port");
    }
    heard_.append(part, count > 0 ? static_cast<std::size_t>(count) : 0);
    newline = heard_.find('\n');
  }
  std::string line = heard_.substr(0, newline);
  heard_.erase(0, newline + 1);
  return line;
}

}  // namespace agentbox
