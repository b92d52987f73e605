// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/parked_guest.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "guest/parked.hpp"

namespace agentbox {
namespace {

// Nothing is dialled: the port is for messages.
SshEndpoint parked_endpoint(const BaseBuild& base) {
  return {.server = DialSocket{.path = {}, .port = Port(22)},
          .user = parked_account,
          .host_key = base.host_key,
          .private_key = base.private_key()};
}

}  // namespace

ParkingPlace::ParkingPlace() : ssh_(make_port()) {}

SerialPorts ParkingPlace::machine_ends() const {
  return {.ssh = ssh_.theirs.get(), .control = control_.machine_end()};
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
  send_to_guest(ssh_.ours.get(), client_identification(), deadline, -1);
  return receive_greeting(ssh_.ours.get(), deadline);
}

void ParkingPlace::await_rest(Deadline deadline) { control_.await(said_at_rest, deadline, -1); }

ParkedGuest::ParkedGuest(const BaseBuild& base, std::string greeting)
    : ssh_(parked_endpoint(base), std::move(greeting)) {}

SerialPorts ParkedGuest::machine_ends() const {
  return {.ssh = ssh_.server_end(), .control = control_.machine_end()};
}

void ParkedGuest::begin(const GuestPlan& plan, Deadline deadline, int ended) {
  control_.begin();
  control_.send(to_json_text(plan), deadline, ended);
  control_.await(said_reseeded, deadline, ended);
}

SshConnection ParkedGuest::log_in(Deadline deadline, int ended) { return ssh_.take_up(deadline, ended); }

ParkedGuest::Ready ParkedGuest::await_ready(Deadline deadline, int ended) {
  if (control_.await_one_of(said_ready, said_without_kept, deadline, ended) == said_ready) {
    return Ready::wholly;
  }
  control_.await(said_ready, deadline, ended);
  return Ready::without_kept_disk;
}

}  // namespace agentbox
