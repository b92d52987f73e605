// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/options/command_text.hpp"

#include <functional>
#include <string>
#include <vector>

/// What the Tab key offers. The shells' scripts only hand over words and show what comes back, so all three know the
/// same.
namespace agentbox {

/// reviewed: sessions whose changes can be looked at, those that run among them.
enum class NameKind { agent, base, agent_or_base, policy, session, reviewed, snapshot, session_or_snapshot, machine_template, secret, recording, ended, logged };

struct Candidate {
  std::string text;
  std::string description;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct Completion {
  std::vector<Candidate> candidates;
  enum class Files { none, files, directories } files = Files::none;  ///< what the shell is to add by itself
};

/// words: those after the program's name, the last one up to the cursor (empty: a new word begins). Candidates begin
/// with that word. Pure but for names, which is only asked when names are due.
Completion complete(const std::vector<std::string>& words, const CommandText& root,
                    const std::function<std::vector<std::string>(NameKind)>& names);

/// For the scripts: a line "TEXT<tab>DESCRIPTION" for each candidate, and at the end ":none", ":files" or
/// ":directories".
std::string completion_output(const Completion& completion);

}  // namespace agentbox
