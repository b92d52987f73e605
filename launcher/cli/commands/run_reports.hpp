// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/options/invocation.hpp"
#include "session/run.hpp"
#include "workspace/artifacts/artifact_directory.hpp"

#include <optional>
#include <string>

namespace agentbox {

/// What a launch says for programs when it is over: --json and --junit. The directories of their files are opened
/// before anything is started, so that a VM that shares the place cannot lead what is written there somewhere else.
class RunReports {
 public:
  /// Throws Error for a file that cannot be written to. Where something is to be run, an earlier run's file goes away: who
  /// finds one afterwards finds this run's.
  explicit RunReports(const LaunchOptions& options);

  [[nodiscard]] bool empty() const { return !json_ && !junit_; }
  /// A report that cannot be written is said on standard error, and that is all: the run's exit code and the VM that it
  /// may have left do not depend on it, nor does the other report.
  void write(const RunResult& result) const;
  void write(const Error& error, int exit_code) const;

 private:
  struct File {
    std::optional<ArtifactDirectory> directory;  ///< none: a stream
    std::string name;                            ///< in the directory; "-": standard output, "": standard error
    void write(const std::string& text) const;  ///< as RunReports::write
  };
  static File file_for(const std::string& path, const LaunchOptions& options);

  std::optional<File> json_;
  std::optional<File> junit_;
  std::string label_;
};

}  // namespace agentbox
