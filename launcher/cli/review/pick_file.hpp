// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/review/pick_units.hpp"
#include "cli/review/shown_patch.hpp"
#include "workspace/changes/apply.hpp"
#include "workspace/changes/blob_store.hpp"
#include "workspace/changes/hunk_edit.hpp"

namespace agentbox {

enum class Decision { undecided, take, leave };

/// One question about a unit.
struct PickQuestion {
  enum class About { whole, mode, hunk } about = About::whole;
  Hunk hunk;          ///< about hunk
  std::optional<HunkEdit> edit = {};  ///< when it is taken, this is taken in its place
  std::string shown;  ///< what is asked about, ready for the terminal
  std::string words;  ///< "Apply this hunk"
  Decision decision = Decision::undecided;
};

/// A unit that is being asked about, with its contents. A text that changes is asked about hunk by hunk, all else as a whole.
class PickFile {
 public:
  /// set and blobs must outlive it.
  PickFile(const ChangeSet& set, const PickUnit& unit, const BlobStore& blobs, Color color);

  [[nodiscard]] const std::string& header() const { return header_; }
  [[nodiscard]] std::vector<PickQuestion>& questions() { return questions_; }
  [[nodiscard]] bool can_split(std::size_t question) const;
  /// Puts the parts of a hunk in its place.
  void split(std::size_t question);
  [[nodiscard]] bool can_edit(std::size_t question) const { return questions_[question].about == PickQuestion::About::hunk; }
  /// A hunk for the editor.
  [[nodiscard]] std::string text_to_edit(std::size_t question) const;
  /// Takes what came of it. Throws Error{usage} when it does not fit.
  void edit(std::size_t question, std::string_view text);
  /// What the answers choose. A new content goes into the blobs.
  [[nodiscard]] std::vector<PickedChange> picked() const;

 private:
  struct Texts {
    std::string before;
    std::string after;
    DiffRows rows;
  };

  void ask_whole(const std::string& words, const std::string& shown);
  void ask_pair(const FilePair& pair);
  void ask_parts();
  [[nodiscard]] PickQuestion hunk_question(const Hunk& hunk) const;
  [[nodiscard]] const Change& change() const { return set_.changes[unit_.changes.front()]; }
  [[nodiscard]] NodeState partial_state() const;

  const ChangeSet& set_;
  const PickUnit& unit_;
  const BlobStore& blobs_;
  Color color_;
  std::string header_;
  std::unique_ptr<Texts> texts_;  ///< rows are views into them
  std::vector<PickQuestion> questions_;
};

}  // namespace agentbox
