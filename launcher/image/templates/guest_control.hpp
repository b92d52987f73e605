// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <string>
#include <string_view>

/// The launcher's side of the serial port on which a guest's helper is spoken to (guest/parked.hpp).
namespace agentbox {

/// A port: both ends, ours non-blocking.
SocketPair make_port();
/// Throws Error{backend} at the deadline, or when the machine has ended (ended is readable; -1: not watched).
void send_to_guest(int port, std::string_view text, Deadline deadline, int ended);

class GuestControl {
 public:
  GuestControl() : port_(make_port()) {}

  /// For VmSpec::ports. Stays ours until begin().
  [[nodiscard]] int machine_end() const { return port_.theirs.get(); }
  /// The machine has its end: from here on we see it go.
  void begin() { port_.theirs.reset(); }

  /// "LENGTH\nTEXT".
  void send(const std::string& text, Deadline deadline, int ended);
  /// The next line must be this. Throws Error{backend} with the guest's reason, or at the deadline; Interrupted.
  void await(const std::string& wanted, Deadline deadline, int ended);
  /// One of these two; returns it.
  std::string await_one_of(const std::string& wanted, const std::string& other, Deadline deadline, int ended);

 private:
  std::string next_answer(Deadline deadline, int ended);

  SocketPair port_;
  std::string heard_;  ///< not yet looked at
};

}  // namespace agentbox
