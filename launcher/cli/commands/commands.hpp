// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/options/parse.hpp"

/// One execute() for each Invocation: it looks up what is named, calls the session module (or a store, for what is a
/// mere listing), and prints. Returns the exit code.
namespace agentbox {

/// What a command has at hand. The application is opened when a command asks for it: help must work without any
/// definition.
struct CommandContext {
  Progress& progress;
  Verbosity verbosity;

  [[nodiscard]] Application open() const { return Application::open(progress); }
};

int execute(const ShowText& options, const CommandContext& context);
int execute(const LaunchOptions& options, const CommandContext& context);
int execute(const ResumeOptions& options, const CommandContext& context);
int execute(const ExecOptions& options, const CommandContext& context);
int execute(const AttachOptions& options, const CommandContext& context);
int execute(const ListSessions& options, const CommandContext& context);
int execute(const StopSessions& options, const CommandContext& context);
int execute(const RemoveSessions& options, const CommandContext& context);
int execute(const ShowDiff& options, const CommandContext& context);
int execute(const ApplyChanges& options, const CommandContext& context);
int execute(const DiscardChanges& options, const CommandContext& context);
int execute(const UndoChanges& options, const CommandContext& context);
int execute(const CollectGarbage& options, const CommandContext& context);
int execute(const ShowLogs& options, const CommandContext& context);
int execute(const PlayRecording& options, const CommandContext& context);
int execute(const ShowReport& options, const CommandContext& context);
int execute(const ShowTop& options, const CommandContext& context);
int execute(const BuildBase& options, const CommandContext& context);
int execute(const ListBases& options, const CommandContext& context);
int execute(const ShowBase& options, const CommandContext& context);
int execute(const RemoveBases& options, const CommandContext& context);
int execute(const ListTemplates& options, const CommandContext& context);
int execute(const RemoveTemplates& options, const CommandContext& context);
int execute(const PrewarmTemplate& options, const CommandContext& context);
int execute(const ListHistory& options, const CommandContext& context);
int execute(const RemoveHistory& options, const CommandContext& context);
int execute(const ListHot& options, const CommandContext& context);
int execute(const RemoveHot& options, const CommandContext& context);
int execute(const TakeSnapshot& options, const CommandContext& context);
int execute(const ForkOptions& options, const CommandContext& context);
int execute(const ListSnapshots& options, const CommandContext& context);
int execute(const ShowSnapshot& options, const CommandContext& context);
int execute(const RemoveSnapshots& options, const CommandContext& context);
int execute(const ListAgents& options, const CommandContext& context);
int execute(const ShowAgent& options, const CommandContext& context);
int execute(const UpdateAgents& options, const CommandContext& context);
int execute(const ListPolicies& options, const CommandContext& context);
int execute(const ShowPolicy& options, const CommandContext& context);
int execute(const CheckPolicy& options, const CommandContext& context);
int execute(const AddRules& options, const CommandContext& context);
int execute(const ListAnswers& options, const CommandContext& context);
int execute(const ForgetAnswers& options, const CommandContext& context);
int execute(const SetSecret& options, const CommandContext& context);
int execute(const ListSecrets& options, const CommandContext& context);
int execute(const RemoveSecrets& options, const CommandContext& context);
int execute(const Doctor& options, const CommandContext& context);
int execute(const PrintAliases& options, const CommandContext& context);
int execute(const PrintCompletion& options, const CommandContext& context);
int execute(const CompleteWords& options, const CommandContext& context);

}  // namespace agentbox
