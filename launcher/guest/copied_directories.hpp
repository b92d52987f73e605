// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/guest_plan.hpp"
#include "guest/user.hpp"

#include <string>

namespace agentbox::guest {

/// Directories of the host's that a session works with copies of, so that nothing is mounted while it runs and its
/// machine can be saved. What is to be kept is brought back at the end; others may have written there meanwhile, a fork
/// of this machine among them:
///   merged  a file that is newer here, or missing there, is taken over. Of one in lines (.jsonl) that has grown on
///   both sides the new lines
///           are added. One that was copied and is gone here goes there, too.
///   whole   the files belong together (a database): all of them are replaced if any here is newer than all there.
/// Throws std::system_error.
class CopiedDirectories {
 public:
  /// from: the host's; to: the copies, which a machine's disk may have from a session before. What they keep is noted
  /// beside them, for machines that go on from a snapshot.
  CopiedDirectories(std::string from, std::string to)
      : from_(std::move(from)), to_(std::move(to)), note_(to_ + ".kept") {}

  /// Copies all there is; user: whose files the host's own are here. What earlier copies have that was not kept yet is
  /// kept first, and what was cut off while it was is finished.
  void take(const GuestPlan::Prepare::Copies& copies, const User& user) const;

  /// Nothing when nothing is noted. What the host does not share (any more) is left.
  void keep() const;

 private:
  std::string from_;
  std::string to_;
  std::string note_;
};

}  // namespace agentbox::guest
