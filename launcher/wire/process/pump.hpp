// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/process/dial_desk.hpp"
#include "wire/process/frame_reader.hpp"
#include "wire/process/namespaces.hpp"
#include "wire/process/packet_ring.hpp"

#include <sys/types.h>

#include <cstddef>
#include <span>

namespace agentbox::wire {

/// Moves frames between QEMU and the room, and serves the dial socket, until one of its ends is gone. One thread, one
/// poll set; memory is what the object holds. A side that does not read loses frames, and the other direction goes on.
class Pump {
 public:
  /// Owns none of the descriptors. vm and dial must be non-blocking.
  Pump(PacketRing& ring, int vm, int control, int dial) : ring_(ring), vm_(vm), control_(control), desk_(dial, our_user, begin_in_room) {}

  /// Returns when QEMU has closed its end or sent what is no frame, or when the launcher has ended. Makes no
  /// system call but those of pump_syscall_filter().
  void run();

 private:
  enum class Flow { goes_on, ended };
  enum class VmState { takes, full };
  Flow take_from_vm();
  Flow give_to_vm();
  /// What is left of the ring's front frame, with its prefix; as sendmsg(2) returns.
  [[nodiscard]] ssize_t send_rest(std::span<const char> frame) const;

  PacketRing& ring_;
  int vm_;
  int control_;
  DialDesk desk_;
  FrameReader reader_;
  VmState vm_state_ = VmState::takes;
  std::size_t sent_of_front_ = 0;  ///< bytes of the ring's front, with its prefix, that QEMU has taken
};

}  // namespace agentbox::wire
