// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/application.hpp"

#include <functional>
#include <string>

namespace agentbox {

/// What was added to one part of a session's log. Much of it was chosen by a guest: escape it before it is printed.
struct AddedText {
  std::string title;  ///< as in SessionLog; "network" for what it reached
  std::string text;   ///< complete lines
};

/// everything: as `agentbox logs` tells it, of long parts the newest. egress: every line of the egress log as it stands
/// there.
enum class Followed { everything, egress };

/// Tells what there is of the log of a session that runs, and then what is added to it, until its launcher has ended.
/// False, at once and without a word, when none runs. session: as for find_known_session(). Throws Interrupted.
bool follow_session_log(const std::string& session, Followed followed, const Application& application,
                        const std::function<void(const AddedText&)>& tell);

}  // namespace agentbox
