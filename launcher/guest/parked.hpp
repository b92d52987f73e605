// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// What launcher and guest say to each other on the virtio-serial ports (docs/decisions/0019). In the template `agentbox-guest
/// park` leaves two processes waiting, each on a port: sshd, with one connection open, and agentbox-guest itself. A fork finds
/// both waiting. Once the login that ran `park` has ended, and nothing else is under way in the guest, agentbox-guest says
///     at-rest        the machine can be frozen
/// and waits. To it the launcher sends random bytes in hexadecimal and a GuestPlan as JSON, each as "LENGTH\nTEXT", and gets a line for each step:
///     reseeded       the kernel's random numbers are this fork's own
///     without-kept   the project's kept disk cannot be mounted; the guest goes on with its own
///     ready          the plan's preparation is done
///     failed WHY     it is not; nothing more comes
/// A machine that stands still to be saved (`agentbox-guest pause`) is sent the same way what it is to be seeded with, nothing if it is the same
/// machine as before, and a ThawPlan; it answers reseeded, if it was, and ready.
/// Before the machine of a session is saved, `agentbox-guest park-login` leaves another sshd waiting, on that one of the two ports for it
/// which the session does not use (docs/decisions/0068).
namespace agentbox {

/// Of what is said on the control port. A machine that was saved speaks the one of its day: another number, and it is not gone on with.
inline constexpr const char* control_protocol = "2";

inline constexpr const char* ssh_port_name = "agentbox.ssh";
inline constexpr const char* second_ssh_port_name = "agentbox.ssh2";
inline constexpr const char* control_port_name = "agentbox.control";

inline constexpr const char* said_at_rest = "at-rest";
inline constexpr const char* said_reseeded = "reseeded";
inline constexpr const char* said_without_kept = "without-kept";
inline constexpr const char* said_ready = "ready";
inline constexpr const char* said_failed = "failed ";

/// The account of the sshd that waits: another name of root's, whose shell is agentbox-guest itself.
inline constexpr const char* parked_account = "agentbox-launcher";
/// What each of agentbox-guest's own commands begins with.
inline constexpr const char* guest_command_prefix = "/usr/lib/agentbox/agentbox-guest ";

inline constexpr const char* guest_park_command = "/usr/lib/agentbox/agentbox-guest park";
inline constexpr const char* guest_park_login_command = "/usr/lib/agentbox/agentbox-guest park-login";
/// The exit status of both in a guest that has no such ports.
inline constexpr int no_ports_status = 3;

}  // namespace agentbox
