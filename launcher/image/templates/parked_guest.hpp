// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "guest/guest_plan.hpp"
#include "image/base/base_store.hpp"
#include "image/templates/guest_control.hpp"
#include "ssh/parked_connection.hpp"
#include "vm/qemu/spec.hpp"

/// What waits in a template for its forks: sshd, with a connection begun, and agentbox-guest (docs/decisions/0019). Both on serial
/// ports of the machine, which a fork finds as the template left them.
namespace agentbox {

/// Where sshd waits in a machine. Nothing is dialled: a port is for messages. host_key: what the server has read (its public half).
SshEndpoint parked_endpoint(const BaseBuild& base, const std::string& host_key);

/// What ParkingPlace::park() runs in a machine that is to be a template. Another command: another template.
std::string parking_command();

/// The launcher's and the machine's ends of both ports, while a template is made.
class ParkingPlace {
 public:
  ParkingPlace();

  /// For BuildMachineRequest::ports. Stay ours.
  [[nodiscard]] SerialPorts machine_ends() const;

  /// Leaves both processes waiting in the machine that ssh leads to, and returns what sshd said to its first words (for ParkedGuest).
  /// No value: the guest has no such ports, its forks are reached like any machine. Throws Error{backend}, Interrupted.
  std::optional<std::string> park(SshConnection& ssh, Deadline deadline);
  /// Once that connection is closed: until the machine has come to rest. Throws Error{backend}, Interrupted.
  void await_rest(Deadline deadline);

 private:
  SocketPair ssh_;
  GuestControl control_;
};

/// The same in a fork: to be made before its QEMU, which inherits the ports' other ends.
class ParkedGuest {
 public:
  /// greeting: what ParkingPlace::park() returned.
  ParkedGuest(const BaseBuild& base, std::string greeting);

  /// For VmSpec::ports. Stay ours until prepare() and log_in().
  [[nodiscard]] SerialPorts machine_ends() const;

  /// Hands the plan over, and waits until the guest's random numbers are its own. The rest of the preparation goes on meanwhile.
  /// Throws Error{backend} with the guest's reason, or at the deadline; Interrupted. ended: readable when the VM is gone.
  void begin(const GuestPlan& plan, Deadline deadline, int ended);
  /// The session's connection.
  SshConnection log_in(Deadline deadline, int ended);
  /// Until the whole preparation is done; without_kept_disk: the file system of the project's kept disk cannot be used. Throws like
  /// begin().
  enum class Ready { wholly, without_kept_disk };
  Ready await_ready(Deadline deadline, int ended);
  /// For what is said on the port later.
  [[nodiscard]] GuestControl& control() { return control_; }

 private:
  ParkedConnection ssh_;
  GuestControl control_;
};

/// A serial port for a login while a session uses the other one (docs/decisions/0068): there sshd waits for the forks of the session.
class SpareLogin {
 public:
  explicit SpareLogin(LoginPort port) : port_(port), ends_(make_port()) {}

  [[nodiscard]] LoginPort port() const { return port_; }
  /// For VmSpec::ports. Stays ours until begin().
  [[nodiscard]] int machine_end() const { return ends_.theirs.get(); }
  /// The machine has its end.
  void begin() { ends_.theirs.reset(); }

  /// Leaves sshd waiting there, if none does yet, by a command through ssh. Returns what it has said (for ParkedConnection); no value:
  /// the guest cannot. Throws Interrupted.
  const std::optional<std::string>& park(SshConnection& ssh, Deadline deadline);

 private:
  LoginPort port_;
  SocketPair ends_;
  std::optional<std::string> greeting_;
};

}  // namespace agentbox
