// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sys/beneath.hpp"
#include "workspace/changes/apply/step.hpp"
#include "workspace/changes/blob_store.hpp"

namespace agentbox {

/// The moves of one application, each of which can be taken back, in this process or a later one. In the project, meanwhile:
/// STAGE/new-N, the new content of change N, and STAGE/old-N, what was moved out of its way. No link is followed, and a rename
/// replaces nothing. project and blobs must outlive it.
class Moves {
 public:
  /// steps: by path.
  Moves(const Beneath& project, const BlobStore& blobs, std::string stage, std::vector<Step> steps)
      : project_(project), blobs_(blobs), stage_(std::move(stage)), steps_(std::move(steps)) {}

  /// Makes the stage, with all new content in it. Touches nothing else.
  void make_stage() const;
  /// Puts everything in its place. Throws Error at the first thing that cannot be done, or that was changed since it was compared.
  /// left gets directories that were to go, but hold something else.
  void forward(std::vector<std::string>& left) const;
  /// From any point of forward(). What somebody has changed since stays as it is; then the stage stays, too.
  void backward();
  /// Throws Error{environment} when it has to stay.
  void remove_stage() const;

 private:
  [[nodiscard]] std::string name(const char* kind, const Step& step) const { return stage_ + "/" + kind + "-" + std::to_string(step.change); }
  [[nodiscard]] bool staged(const char* kind, const Step& step) const;

  void stage_content(const Step& step) const;
  void move_to_stage(const Step& step, const char* kind) const;
  void take_out(const Step& step) const;
  void put_in(const Step& step) const;
  void put_back(const Step& step);
  void remove_directory(const Step& step, std::vector<std::string>& left) const;
  void set_directory_mode(const Step& step, unsigned mode) const;

  const Beneath& project_;
  const BlobStore& blobs_;
  std::string stage_;
  std::vector<Step> steps_;
  bool disturbed_ = false;
};

}  // namespace agentbox
