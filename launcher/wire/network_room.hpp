// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/units.hpp"
#include "sys/process.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"
#include "wire/dial.hpp"

#include <filesystem>

namespace agentbox {

struct RoomSpec {
  std::filesystem::path program;      ///< agentbox-wire (ShippedFiles::wire_program)
  std::filesystem::path dial_socket;  ///< made here, mode 0600; removed with the room
  /// Which TCP/IP the guest's frames end in: the kernel's, in a network namespace, or, where there can be none, agentbox-wire's own
  /// (docs/decisions/0009).
  enum class Stack { kernel, own } stack = Stack::kernel;
};

/// Sockets inside the room, usable from any process that holds them (of Stack::own they are unix sockets, SOCK_SEQPACKET, on
/// which connections and questions come ready-made: wire/stack/stack.hpp). What the guest connects or sends to arrives here
/// and nowhere else; when nobody holds them any more, the guest is refused at once.
struct RoomListeners {
  UniqueFd
      tcp;  ///< listening, non-blocking. getsockname() of an accepted socket: the address and port the guest wanted
  UniqueFd dns;  ///< UDP, non-blocking. Datagrams to port 53 of any address; IP_RECVORIGDSTADDR tells which, and
                 ///< an answer names it as its source by IP_PKTINFO (ipi_spec_dst)
};

/// A session's network room: an empty network namespace, owned by an agentbox-wire process of ours, in whose IPv4 stack
/// the guest's frames end. There is no way out of it but the sockets above, and none in but dial(). Destroying it ends
/// the process and with it the guest's network.
class NetworkRoom {
 public:
  /// Returns when the room is ready (some 10 ms). Throws Error{environment} saying what the host lacks, or which
  /// of the walls around agentbox-wire does not stand (the kernel is asked); Interrupted.
  static NetworkRoom start(const RoomSpec& spec);
  /// The same in two halves, for who has something to do meanwhile: it is being made, and it is ready. take_vm_end() and dial_socket() are good before.
  /// await_ready() throws like start().
  static NetworkRoom begin(const RoomSpec& spec);
  void await_ready();

  NetworkRoom(NetworkRoom&&) noexcept = default;
  NetworkRoom& operator=(NetworkRoom&&) noexcept = default;
  ~NetworkRoom();

  /// The socket for QEMU's "-netdev stream". When all its copies are closed the room ends.
  [[nodiscard]] UniqueFd take_vm_end() { return std::move(vm_end_); }
  [[nodiscard]] RoomListeners take_listeners() { return std::move(listeners_); }

  /// A connection to a port of the guest; see dial_guest().
  [[nodiscard]] UniqueFd dial(Port port, Deadline deadline) const { return dial_guest(dial_socket(port), deadline); }
  [[nodiscard]] DialSocket dial_socket(Port port) const { return {dial_path_, port}; }

  /// Readable when agentbox-wire has ended.
  [[nodiscard]] int pidfd() const noexcept { return process_.pidfd(); }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

 private:
  NetworkRoom(RoomSpec::Stack stack, ChildProcess process, UniqueFd control, UniqueFd vm_end, std::filesystem::path dial_path)
      : stack_(stack),
        process_(std::move(process)),
        control_(std::move(control)),
        vm_end_(std::move(vm_end)),
        dial_path_(std::move(dial_path)) {}

  RoomSpec::Stack stack_;
  ChildProcess process_;
  UniqueFd control_;
  UniqueFd vm_end_;
  RoomListeners listeners_;
  std::filesystem::path dial_path_;  ///< empty: moved from
};

}  // namespace agentbox
