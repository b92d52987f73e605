// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/side_service.hpp"
#include "sys/unique_fd.hpp"
#include "sys/wait.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>

namespace agentbox {

/// Where the process that holds a session is asked by other agentbox processes of the same user: a unix socket in the session's
/// directory (mode 0600; nothing of QEMU's or the guest's leads there). A request is one line of JSON, and so is the answer.
class Desk : public SideService {
 public:
  /// answer: what it throws as Error is the answer, too; Interrupted goes on to serve()'s caller.
  using Answer = std::function<nlohmann::json(const nlohmann::json& request)>;
  Desk(const std::filesystem::path& session_directory, Answer answer);

  [[nodiscard]] int fd() const override { return listener_.get(); }
  Served serve() override;

 private:
  UniqueFd listener_;
  Answer answer_;
};

/// Asks. Throws the Error that the other process answered with; Error{environment} when it does not answer until the deadline, which it
/// does not while the session starts or ends.
nlohmann::json ask_desk(const std::filesystem::path& session_directory, const nlohmann::json& request, Deadline deadline);

}  // namespace agentbox
