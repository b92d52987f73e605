// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "guard/project_image.hpp"
#include "session/application.hpp"
#include "session/bring_out.hpp"

// What a session leaves that could harm its user later, in the project and in each directory that was mounted read-write: what is
// different from before it (before_image.hpp) is told, and what can be put back becomes a change set that `agentbox undo` takes.
namespace agentbox {

/// What a session has left behind in one directory.
struct Aftermath {
  enum class Of { project, mount } of = Of::project;
  std::string directory = {};  ///< the host's
  std::vector<Leftover> leftovers = {};
  std::string undo = {};     ///< the id of the changes that can be put back; empty: none
  std::string problem = {};  ///< why it could not be looked at; empty: it was
};

/// Holds the directories against their images, the project first; session_goes_on: the images are kept for the next look.
enum class Afterwards { session_ends, session_goes_on };
std::vector<Aftermath> aftermath_of_directories(const std::string& session, Afterwards afterwards, const Application& application);
/// The same for changes that wait for review.
Aftermath aftermath_of_changes(const BroughtOut& changes, const std::string& project, const Application& application);

/// Whether there is anything that the user is to know.
bool left_something(const std::vector<Aftermath>& aftermaths);

/// Looks after what sessions left whose launcher was killed, or that were ended by another; tells the user.
void tell_aftermath_of_others(const Application& application);

/// "agentbox: ..." lines for people; empty when there is nothing to say. Everything from the guest is escaped.
std::string aftermath_text(const std::vector<Aftermath>& aftermaths, const std::string& session);

}  // namespace agentbox
