// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace agentbox::guest {

/// Starts a command that does nothing, in the way in which the session's is started. Under emulation most of the time that a
/// start takes goes into translating the code that it runs, kernel's and ours; a processor that has nothing else to do while
/// SSH connects can do that ahead (docs/decisions/0081). With one processor it does nothing.
/// What goes wrong in it matters to nobody; what of it still runs at the end of this object is killed.
class Rehearsal {
 public:
  explicit Rehearsal(const std::string& user);
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;
  ~Rehearsal();

 private:
  int process_ = -1;  ///< a descriptor of it
};

}  // namespace agentbox::guest
