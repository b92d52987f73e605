// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workspace/artifacts/artifact_directory.hpp"
#include "workspace/artifacts/artifact_reader.hpp"

#include <string>
#include <vector>

namespace agentbox {

class SshConnection;
struct RunPlan;

/// What a run has copied to this machine.
struct Artifacts {
  bool asked_for = false;
  std::vector<Artifact> files = {};
  std::vector<std::string> problems = {};  ///< why something is missing, one for each rule; escaped
};

/// The plan's --artifacts: the directories are made and opened when this is, before anything else of the run.
class ArtifactCollector {
 public:
  /// Throws Error{usage} for patterns and directories that cannot be.
  explicit ArtifactCollector(const RunPlan& plan);

  /// After the command, while the VM runs. scratch: a directory that the guest does not see. Problems are values.
  [[nodiscard]] Artifacts collect(SshConnection& ssh, const std::filesystem::path& scratch) const;
  /// When there is no VM any more.
  [[nodiscard]] Artifacts missed(const std::string& why) const;

 private:
  struct Place {
    ArtifactPattern pattern;
    ArtifactDirectory directory;
  };
  std::vector<Place> places_;
};

}  // namespace agentbox
