// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session/application.hpp"
#include "store/session_store.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace agentbox {

/// A session as far as it is known: by what is there of it, by its result, or by no more than what it has left.
struct KnownSession {
  std::string id;
  std::optional<ListedSession> there = {};
  nlohmann::json result = {};  ///< archive_document(); null: there is none
};

/// By id, the beginning of one that no other has, or "last": the one that runs, else the one that ended last. Throws
/// Error{usage} when nothing is known of such a session.
KnownSession find_known_session(const std::string& session, const Application& application);

}  // namespace agentbox
