// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The room's network devices and addresses, by rtnetlink (rtnetlink(7)) and the like.
namespace agentbox::wire {

inline constexpr const char* room_link = "room0";  ///< where the guest's packets arrive
inline constexpr const char* wire_link =
    "wire0";  ///< the other end of the same cable: a packet socket and nothing else

/// What the kernel is to do and not to do in this network namespace. Before make_links(): a device takes over what it
/// finds when it is made. Throws Problem.
void set_kernel_options();

/// Makes the kernel compute checksums, and cut what it sends into packets, before a link has it. veth leaves both to
/// hardware that is not there: what a packet socket then reads are packets without checksums. Throws Problem.
void compute_checksums(const char* link);

/// lo; the cable room0 - wire0; the room's address with the guest as its one neighbour, all other addresses local.
/// Throws Problem{no_network_parts} when the kernel has no veth.
void make_links();

}  // namespace agentbox::wire
