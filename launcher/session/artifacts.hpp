// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workspace/artifacts/artifact_directory.hpp"
#include "workspace/artifacts/artifact_reader.hpp"

#include <string>
#include <vector>

namespace agentbox {

class SshConnection;
struct ListedSession;
struct RunPlan;

/// What a run has copied to this machine.
struct Artifacts {
  bool asked_for = false;
  std::vector<Artifact> files = {};
  std::vector<std::string> problems = {};  ///< why something is missing, one for each rule; escaped
};

/// The guard's rules hold for what comes out into directory this way, too: a hook of git's, an editor's task. In the
/// project, or around it, nothing that a build or a shell runs by its name, either. Throws Error{usage} for patterns of
/// the plan's that are none.
RefusedName refused_artifacts(const RunPlan& plan, const std::filesystem::path& directory);

/// The plan's --artifacts: the directories are made and opened when this is, before anything else of the run.
class ArtifactCollector {
 public:
  /// sessions: those there are; what live ones can write to is trusted as little as what this one can. Throws
  /// Error{usage} for patterns and directories that cannot be.
  ArtifactCollector(const RunPlan& plan, const std::vector<ListedSession>& sessions);

  /// After the command, while the VM runs. scratch: a directory that the guest does not see. Problems are values.
  [[nodiscard]] Artifacts collect(SshConnection& ssh, const std::filesystem::path& scratch) const;
  /// When there is no VM any more.
  [[nodiscard]] Artifacts missed(const std::string& why) const;

 private:
  struct Place {
    ArtifactPattern pattern;
    ArtifactDirectory directory;
    RefusedName refused;
  };
  std::vector<Place> places_;
};

}  // namespace agentbox
