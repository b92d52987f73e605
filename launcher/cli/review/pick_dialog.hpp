// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/review/pick_file.hpp"
#include "cli/review/pick_units.hpp"
#include "cli/review/shown_patch.hpp"
#include "workspace/changes/apply.hpp"
#include "workspace/changes/blob_store.hpp"

namespace agentbox {

/// Asks about what waits of a set, hunk by hunk, with the letters of `git add -p`: y n q a d s e ?. Knows no terminal and no editor: it says what to
/// print and to edit, and is told what came of it.
class PickDialog {
 public:
  /// paths: of the project; none: all of it. set and blobs must outlive it.
  PickDialog(const ChangeSet& set, const std::vector<std::string>& paths, const BlobStore& blobs, Color color);

  /// What to print now; it ends in a question. None: all is answered.
  [[nodiscard]] std::optional<std::string> ask();
  /// The line that was typed; none at the end of the input, which is "q".
  void answer(std::optional<std::string_view> line);

  /// After answer(): a hunk that is to be edited, as the editor gets it. Then edited() comes before anything else.
  [[nodiscard]] const std::optional<std::string>& to_edit() const { return to_edit_; }
  /// No value: it could not be edited. A hunk that does not fit, or of which nothing was left, is asked about again.
  void edited(std::optional<std::string_view> text);

  /// What was chosen, when all is answered; new contents of files, where only some hunks were, are among the blobs.
  [[nodiscard]] std::vector<PickedChange> picked() const;

 private:
  void decide(Decision decision);
  void decide_rest(Decision decision);
  void next_file();
  [[nodiscard]] std::string letters() const;

  const ChangeSet& set_;
  const BlobStore& blobs_;
  Color color_;
  PickUnits units_;
  std::size_t unit_ = 0;
  std::size_t question_ = 0;
  std::optional<PickFile> file_;
  std::string before_question_;  ///< to be printed first
  std::optional<std::string> to_edit_;
  std::string did_not_fit_;      ///< what the editor left, of this question
  std::vector<PickedChange> picked_;
};

}  // namespace agentbox
