// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/pick_dialog.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "cli/review/chosen.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace agentbox {
namespace {

constexpr const char* pick_help =
    "y - apply this\n"
    "n - do not apply this\n"
    "q - quit; apply what was chosen so far, and nothing of the rest\n"
    "a - apply this and all that is left of the file\n"
    "d - do not apply this, nor anything that is left of the file\n"
    "s - split this hunk into smaller ones\n"
    "e - edit this hunk in your editor, and apply what it becomes\n"
    "? - print help\n";

}  // namespace

PickDialog::PickDialog(const ChangeSet& set, const std::vector<std::string>& paths, const BlobStore& blobs, Color color)
    : set_(set), blobs_(blobs), color_(color), units_(set, paths, blobs) {}

std::optional<std::string> PickDialog::ask() {
  if (!file_) {
    if (unit_ == units_.all().size()) {
      return std::nullopt;
    }
    file_.emplace(set_, units_.all()[unit_], blobs_, color_);
    question_ = 0;
    before_question_ = file_->header();
  }
  const auto& questions = file_->questions();
  const PickQuestion& question = questions[question_];
  const std::string count = questions.size() > 1 ? fmt::format("({}/{}) ", question_ + 1, questions.size()) : "";
  return std::exchange(before_question_, {}) + question.shown + shown_question(count + question.words + " [" + letters() + "]?", color_) + " ";
}

std::string PickDialog::letters() const {
  return std::string("y,n,q,a,d,") + (file_->can_split(question_) ? "s," : "") + (file_->can_edit(question_) ? "e," : "") + "?";
}

void PickDialog::answer(std::optional<std::string_view> line) {
  const std::string_view word = line ? trim(*line) : "q";
  const char letter = word.size() == 1 ? static_cast<char>(word.front() | 0x20) : '?';
  if (letter == 'y' || letter == 'n') {
    decide(letter == 'y' ? Decision::take : Decision::leave);
  } else if (letter == 'a' || letter == 'd') {
    decide_rest(letter == 'a' ? Decision::take : Decision::leave);
  } else if (letter == 'q') {
    decide_rest(Decision::leave);
    unit_ = units_.all().size();
  } else if (letter == 's' && file_->can_split(question_)) {
    file_->split(question_);
    did_not_fit_.clear();
  } else if (letter == 'e' && file_->can_edit(question_)) {
    to_edit_ = did_not_fit_.empty() ? file_->text_to_edit(question_) : did_not_fit_;
  } else {
    before_question_ = letter == 's' ? "This hunk cannot be split.\n" : letter == 'e' ? "There is no hunk to edit.\n" : pick_help;
  }
}

void PickDialog::edited(std::optional<std::string_view> text) {
  to_edit_.reset();
  if (!text || is_empty_edit(*text)) {
    before_question_ = "The hunk was not edited.\n";
    return;
  }
  try {
    file_->edit(question_, *text);
  } catch (const Error& error) {
    did_not_fit_ = *text;
    before_question_ = std::string("The edited hunk does not fit: ") + error.what() + "\n";
    return;
  }
  decide(Decision::take);
}

void PickDialog::decide(Decision decision) {
  file_->questions()[question_].decision = decision;
  did_not_fit_.clear();
  if (++question_ == file_->questions().size()) {
    next_file();
  }
}

void PickDialog::decide_rest(Decision decision) {
  for (; question_ < file_->questions().size(); ++question_) {
    file_->questions()[question_].decision = decision;
  }
  next_file();
}

void PickDialog::next_file() {
  did_not_fit_.clear();
  const auto picked = file_->picked();
  picked_.insert(picked_.end(), picked.begin(), picked.end());
  file_.reset();
  ++unit_;
}

std::vector<PickedChange> PickDialog::picked() const {
  std::map<std::size_t, NodeState::Kind> becomes;
  for (const auto& one : picked_) {
    becomes[one.change] = one.becomes.kind;
  }
  std::vector<PickedChange> all = picked_;
  // From the bottom up: a directory goes when all goes that the session took out of it.
  const auto& going = units_.going_directories();
  for (auto directory = going.rbegin(); directory != going.rend(); ++directory) {
    const auto [begin, end] = changes_below(set_.changes, set_.changes[*directory].path);
    std::size_t waiting = 0;
    std::size_t gone = 0;
    for (std::size_t number = begin; number < end; ++number) {
      if (waits(set_.changes[number])) {
        const auto found = becomes.find(number);
        ++waiting;
        gone += found != becomes.end() && found->second == NodeState::Kind::absent ? 1U : 0U;
      }
    }
    if (gone > 0 && gone == waiting) {
      becomes[*directory] = NodeState::Kind::absent;
      all.push_back({.change = *directory, .becomes = {}});
    }
  }
  return all;
}

}  // namespace agentbox
