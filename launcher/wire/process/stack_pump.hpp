// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/process/dial_desk.hpp"
#include "wire/process/frame_reader.hpp"
#include "wire/stack/stack.hpp"

namespace agentbox::wire {

/// What Pump does, with a Stack of our own in place of a network namespace.
class StackPump {
 public:
  /// Owns none of the descriptors. vm and dial must be non-blocking. See Stack for connections and names.
  StackPump(int connections, int names, int vm, int control, int dial);

  /// See Stack.
  void limit_connections(std::size_t most) { stack_.limit_connections(most); }

  /// As Pump::run(). Makes no system call but those of stack_syscall_filter().
  void run();

 private:
  enum class Flow { goes_on, ended };
  Flow turn();
  Flow take_from_vm();

  Stack stack_;
  int vm_;
  int control_;
  DialDesk desk_;
  FrameReader reader_;
};

}  // namespace agentbox::wire
