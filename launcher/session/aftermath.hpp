// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <optional>
#include <string>
#include <vector>

#include "guard/project_image.hpp"
#include "session/application.hpp"
#include "session/bring_out.hpp"
#include "session/run_plan.hpp"
#include "sys/file_lock.hpp"

// What a session leaves that could harm its user later. before/ID/{image,blobs} in the user's data directory says what was in a live
// project before; at the end, what is different is told, and what can be put back becomes a change set that `agentbox undo` takes.
namespace agentbox {

/// What a session has left behind.
struct Aftermath {
  std::vector<Leftover> leftovers;
  std::string undo;           ///< the session whose changes can be put back; empty: none
  std::size_t undoable = 0;   ///< how many
  std::string problem;        ///< why it could not be looked at; empty: it was
};

/// Looks at the project of a live session before its command starts, beside whatever else is done: a big one takes a second.
class BeforeImage {
 public:
  BeforeImage(const RunPlan& plan, const std::string& session, const Application& application);
  /// Waits until it is there; nothing may change the project before that. Throws Error when it cannot be made.
  void await();

 private:
  std::future<void> made_;
  std::optional<FileLock> lock_;  ///< held by whoever is to look at the project again; gone with us, should we be killed
};

/// Holds the project against its image; session_goes_on: the image is kept for the next look.
enum class Afterwards { session_ends, session_goes_on };
Aftermath aftermath_of_live(const std::string& session, Afterwards afterwards, const Application& application);
/// The same for changes that wait for review.
Aftermath aftermath_of_changes(const BroughtOut& changes, const Application& application);

/// Looks after what sessions left whose launcher was killed, or that were ended by another; tells the user.
void tell_aftermath_of_others(const Application& application);

/// "agentbox: ..." lines for people; empty when there is nothing to say. Everything from the guest is escaped.
std::string aftermath_text(const Aftermath& aftermath, const std::string& session);

}  // namespace agentbox
