// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/parked_guest.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "guest/parked.hpp"

namespace agentbox {
namespace {

/// What the sshd that was there before has said to nobody. More than that is a guest's own doing, and the greeting will be none.
void take_what_is_left(int port) {
  constexpr int most_reads = 64;
  char part[4096];
  for (int i = 0; i < most_reads && ::read(port, part, sizeof part) > 0; ++i) {
  }
}

}  // namespace

SshEndpoint parked_endpoint(const BaseBuild& base, const std::string& host_key) {
  return {.server = DialSocket{.path = {}, .port = Port(22)},
          .user = parked_account,
          .host_key = host_key,
          .private_key = base.private_key(),
          .line_is_ours = true};
}

// Loaded by name: without udev nothing loads it when the device is seen. And what a project's disk is mounted by, and a fork of a snapshot ends its
// connections by: where the kernel loads a module for itself it starts processes, in each fork anew.
std::string parking_command() { return fmt::format("modprobe -qa virtio_console erofs tcp_diag; exec {}", guest_park_command); }

ParkingPlace::ParkingPlace() : ssh_(make_port()) {}

SerialPorts ParkingPlace::machine_ends() const {
  return {.ssh = ssh_.theirs.get(), .ssh2 = -1, .control = control_.machine_end()};
}

std::optional<std::string> ParkingPlace::park(SshConnection& ssh, Deadline deadline) {
  const RemoteOutput result = ssh.run({.command = parking_command()});
  if (result.status == ExitStatus::exited(no_ports_status)) {
    return std::nullopt;
  }
  if (!result.status.success()) {
    throw Error(ErrorKind::backend, "cannot leave the machine waiting for its forks",
                escape_untrusted(trim(result.error_output), 500));
  }
  send_to_guest(ssh_.ours.get(), client_identification(), deadline, -1);
  return receive_greeting(ssh_.ours.get(), deadline);
}

void ParkingPlace::await_rest(Deadline deadline) { control_.await(said_at_rest, deadline, -1); }

ParkedGuest::ParkedGuest(const BaseBuild& base, std::string greeting)
    : ssh_(parked_endpoint(base, base.host_key), std::move(greeting)) {}

SerialPorts ParkedGuest::machine_ends() const {
  return {.ssh = ssh_.server_end(), .ssh2 = -1, .control = control_.machine_end()};
}

void ParkedGuest::begin(const GuestPlan& plan, Deadline deadline, int ended) {
  control_.begin();
  control_.send(plan.prepare.value().entropy, deadline, ended);
  control_.send(to_json_text(plan), deadline, ended);
  control_.await(said_reseeded, deadline, ended);
}

SshConnection ParkedGuest::log_in(Deadline deadline, int ended) { return ssh_.take_up(deadline, ended); }

const std::optional<std::string>& SpareLogin::park(SshConnection& ssh, Deadline deadline) {
  if (greeting_) {
    return greeting_;
  }
  try {
    take_what_is_left(ends_.ours.get());
    if (ssh.run({.command = guest_park_login_command}).status.success()) {
      send_to_guest(ends_.ours.get(), client_identification(), deadline, -1);
      greeting_ = receive_greeting(ends_.ours.get(), deadline);
    }
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {  // its forks are reached by a new connection, like any machine
  }
  return greeting_;
}

ParkedGuest::Ready ParkedGuest::await_ready(Deadline deadline, int ended) {
  if (control_.await_one_of(said_ready, said_without_kept, deadline, ended) == said_ready) {
    return Ready::wholly;
  }
  control_.await(said_ready, deadline, ended);
  return Ready::without_kept_disk;
}

}  // namespace agentbox
