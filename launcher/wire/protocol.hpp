// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

/// What agentbox-wire and those who use it agree on: descriptors, addresses, messages. Constants only.
namespace agentbox::wire {

/// Descriptors that agentbox-wire inherits, by its own numbers.
inline constexpr int control_fd = 3;  ///< SOCK_SEQPACKET to the launcher
inline constexpr int vm_fd = 4;       ///< stream socket to QEMU: frames
inline constexpr int dial_fd = 5;     ///< listening stream socket: see dial.hpp

/// The one argument it may have: no namespaces, but a stack of its own.
inline constexpr std::string_view own_stack_option = "--own-stack";

/// The room's own address, and the guest's. The guest has 10.0.2.15/24 and its default route over 10.0.2.2; in the
/// room every address but the guest's is local.
inline constexpr const char* room_address = "10.0.2.2";
inline constexpr const char* guest_address = "10.0.2.15";

/// As large as IPv4 over a veth allows: under emulation each packet costs the guest, each byte hardly.
inline constexpr std::uint32_t mtu = 65520;

/// The same in every room: a fork remembers the hardware address of the room in which its template was made.
inline constexpr std::uint8_t room_mac[6] = {0x52, 0x54, 0x00, 0xab, 0x0c, 0x02};

/// Ethernet header, one VLAN tag, payload. Whatever is longer is no frame of ours.
inline constexpr std::uint32_t longest_frame = 14 + 4 + mtu;

/// Where all TCP connections of the guest are accepted, whatever address and port they were made to. The number is seen
/// by nobody: it only has to be one that nothing else in the room uses.
inline constexpr std::uint16_t tcp_listener_port = 1;
inline constexpr std::uint16_t dns_port = 53;

/// The first byte of the one message that agentbox-wire sends: how making the room ended. After `ready` nothing
/// follows, and descriptors come along: the TCP listener and the DNS socket, and of a room its mount, IPC and UTS namespaces. After
/// the others there is a sentence.
enum class Report : char {
  ready = 'r',
  no_namespaces = 'n',     ///< user namespaces are refused
  no_network_parts = 'p',  ///< the kernel lacks veth or nf_tables
  failed = 'f',
};
inline constexpr std::size_t longest_report = 2000;

}  // namespace agentbox::wire
