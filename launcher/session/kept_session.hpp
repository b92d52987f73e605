// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/host/gateway_process.hpp"
#include "session/application.hpp"
#include "session/run_plan.hpp"
#include "session/session_vm.hpp"
#include "store/session_store.hpp"
#include "sys/file_lock.hpp"
#include "sys/front_process.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <optional>

namespace agentbox {

/// A session whose command has ended and whose VM is kept, with its network: it lives as long as this object.
class KeptSession {
 public:
  KeptSession(const RunPlan& plan, const Application& application, SessionHandle session, SessionVm vm,
              std::optional<GatewayProcess> gateway, std::optional<FileLock> history_lock);

  /// Lets go who waits for us, with that exit code; null: nobody does. Returns when we are told to end it (SIGTERM, SIGINT, SIGHUP), or when the VM has ended by itself. Changes that are to be reviewed are
  /// brought out first, if the VM lives; where they cannot be, its disk stays.
  void stay(Front* front, int exit_code);

 private:
  void end();
  [[nodiscard]] nlohmann::json answer(const nlohmann::json& request) const;

  const RunPlan& plan_;
  const Application& application_;
  SessionHandle session_;
  SessionVm vm_;
  std::optional<GatewayProcess> gateway_;
  std::optional<FileLock> history_lock_;  ///< of conversations that one session at a time may use
};

/// Where a process that holds a session alone says what it would have told its user.
UniqueFd open_messages(const std::filesystem::path& session_directory);

}  // namespace agentbox
