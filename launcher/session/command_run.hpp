// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relay/relay.hpp"
#include "session/desk.hpp"
#include "session/held_output.hpp"
#include "session/network_questions.hpp"
#include "session/pasted_images.hpp"
#include "session/run.hpp"
#include "session/side_services.hpp"
#include "sys/wait.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace agentbox {

class CastWriter;
class SessionHandle;
struct MachineIdentity;
struct SessionVm;
struct SharedDirectories;

/// The session's command, before the eyes of whoever waits for us, and then perhaps without any. All that it is made with
/// must outlive it.
class CommandRun {
 public:
  /// recording: null: there is none.
  CommandRun(const RunPlan& plan, const Application& application, SessionVm& vm, SessionHandle& session, RelayMode mode,
             const RunCaller& caller, CastWriter* recording);

  /// Starts it in the guest, or joins it where it goes on, and relays until its end. questions: gone when nobody is there
  /// to be asked any more. Throws Error, Interrupted.
  RelayOutcome run(const MachineIdentity& identity, const SharedDirectories& directories, std::optional<NetworkQuestions>& questions);

  [[nodiscard]] bool alone() const { return alone_; }
  /// While the command runs; the service must outlive that.
  void serve(SideService& service) { side_.add(service); }

 private:
  [[nodiscard]] bool held() const;
  [[nodiscard]] bool can_detach() const;
  [[nodiscard]] RelayOptions attended(AskSource* questions);
  [[nodiscard]] bool goes_on_alone(const RelayOutcome& outcome) const;
  void let_caller_go();
  RelayOutcome relay_alone(RemoteChannel& channel);
  nlohmann::json answer(const nlohmann::json& request);
  nlohmann::json take_snapshot(const std::string& name);

  const RunPlan& plan_;
  const Application& application_;
  SessionVm& vm_;
  SessionHandle& session_;
  RelayMode mode_;
  const RunCaller& caller_;
  CastWriter* recording_;
  PastedImages images_;
  Desk desk_;
  SideServices side_;
  HeldOutput output_;
  std::optional<Deadline> deadline_;
  bool alone_ = false;
};

}  // namespace agentbox
