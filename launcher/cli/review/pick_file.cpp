// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/pick_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "sys/files.hpp"
#include "workspace/changes/patch.hpp"

namespace agentbox {
namespace {

using Kind = NodeState::Kind;
using About = PickQuestion::About;

constexpr ByteSize longest_picked = ByteSize::mebibytes(32);

std::string whole_words(const FilePair& pair) {
  if (pair.was != pair.is) {
    return "Apply renaming";
  }
  if (!has_place_in_patch(pair.is->before)) {
    return "Apply addition";
  }
  return has_place_in_patch(pair.is->after) ? "Apply this change" : "Apply deletion";
}

}  // namespace

PickFile::PickFile(const ChangeSet& set, const PickUnit& unit, const BlobStore& blobs, Color color)
    : set_(set), unit_(unit), blobs_(blobs), color_(color) {
  if (const auto held = reason_to_hold(change(), set.project)) {
    header_ = "This is held back without a question: " + *held + ".\n";
  }
  if (unit.pair) {
    ask_pair(*unit.pair);
  } else {
    ask_whole("Apply this", unit.title + "\n");
  }
}

void PickFile::ask_whole(const std::string& words, const std::string& shown) { questions_.push_back({.about = About::whole, .hunk = {}, .shown = shown, .words = words}); }

void PickFile::ask_pair(const FilePair& pair) {
  std::vector<PatchFile> files;
  for_each_patch_of(pair, blobs_, BinaryForm::named, [&](PatchFile file) { files.push_back(std::move(file)); });
  const NodeState& before = pair.is->before;
  const NodeState& after = pair.is->after;
  const bool in_parts = pair.was == pair.is && files.size() == 1 && before.kind == Kind::file && after.kind == Kind::file &&
                        files.front().content == PatchFile::Content::text && std::max(before.size, after.size) <= longest_picked.bytes();
  if (in_parts) {
    header_ += shown_header(files.front(), color_);
    ask_parts();
    return;
  }
  std::string shown;
  for (const auto& file : files) {
    shown += shown_patch(file, color_);
  }
  ask_whole(whole_words(pair), shown);
}

void PickFile::ask_parts() {
  const NodeState& before = unit_.pair->is->before;
  const NodeState& after = unit_.pair->is->after;
  texts_ = std::make_unique<Texts>();
  texts_->before = read_to_end(blobs_.open(before.digest).get(), before.digest, longest_picked);
  texts_->after = read_to_end(blobs_.open(after.digest).get(), after.digest, longest_picked);
  texts_->rows = compare_texts(texts_->before, texts_->after);
  if (before.mode != after.mode) {
    questions_.push_back({.about = About::mode, .hunk = {}, .shown = fmt::format("mode {:04o} -> {:04o}\n", before.mode, after.mode), .words = "Apply mode change"});
  }
  for (const auto& hunk : hunks_of(texts_->rows)) {
    questions_.push_back(hunk_question(hunk));
  }
  if (questions_.empty()) {
    ask_whole("Apply this change", {});
  }
}

PickQuestion PickFile::hunk_question(const Hunk& hunk) const {
  return {.about = About::hunk, .hunk = hunk, .shown = shown_hunks(hunk_text(texts_->rows, hunk), color_), .words = "Apply this hunk"};
}

bool PickFile::can_split(std::size_t question) const {
  return questions_[question].about == About::hunk && split_hunk(texts_->rows, questions_[question].hunk).size() > 1;
}

void PickFile::split(std::size_t question) {
  std::vector<PickQuestion> parts;
  for (const auto& hunk : split_hunk(texts_->rows, questions_[question].hunk)) {
    parts.push_back(hunk_question(hunk));
  }
  const auto at = questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(question));
  questions_.insert(at, parts.begin(), parts.end());
}

std::string PickFile::text_to_edit(std::size_t question) const { return agentbox::text_to_edit(texts_->rows, questions_[question].hunk); }

void PickFile::edit(std::size_t question, std::string_view text) {
  questions_[question].edit = read_edited(texts_->rows, questions_[question].hunk, text);
}

NodeState PickFile::partial_state() const {
  const NodeState& before = unit_.pair->is->before;
  NodeState becomes = before;
  std::vector<Hunk> whole;
  std::vector<HunkEdit> edits;
  for (const auto& question : questions_) {
    if (question.decision != Decision::take) {
      continue;
    }
    if (question.about == About::mode) {
      becomes.mode = unit_.pair->is->after.mode;
    } else if (question.edit) {
      edits.push_back(*question.edit);
    } else {
      whole.push_back(question.hunk);
    }
  }
  if (!whole.empty() || !edits.empty()) {
    const std::string text = with_edits(texts_->rows, whole, edits);
    becomes.digest = blobs_.put_text(text);
    becomes.size = text.size();
  }
  return becomes;
}

std::vector<PickedChange> PickFile::picked() const {
  const auto taken = [](const PickQuestion& question) { return question.decision == Decision::take; };
  const auto as_it_is = [](const PickQuestion& question) { return question.decision == Decision::take && !question.edit; };
  std::vector<PickedChange> picked;
  if (std::none_of(questions_.begin(), questions_.end(), taken)) {
    return picked;
  }
  if (std::all_of(questions_.begin(), questions_.end(), as_it_is)) {
    for (const std::size_t number : unit_.changes) {
      picked.push_back({.change = number, .becomes = set_.changes[number].after});
    }
    return picked;
  }
  const NodeState becomes = partial_state();
  if (becomes != unit_.pair->is->before) {  // edited until nothing was left of it
    picked.push_back({.change = unit_.changes.front(), .becomes = becomes});
  }
  return picked;
}

}  // namespace agentbox
