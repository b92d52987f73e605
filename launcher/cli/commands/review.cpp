// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/review.hpp"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <optional>
#include <string_view>

#include "cli/output.hpp"
#include "cli/review/answer.hpp"
#include "cli/review/lines.hpp"
#include "cli/review/show_diff.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/bring_out.hpp"
#include "session/review.hpp"
#include "sys/wait.hpp"
#include "workspace/git/take_back.hpp"

namespace agentbox {
namespace {

std::vector<std::string> what_undo_takes_back(const ChangeSet& set) {
  std::vector<std::string> lines;
  for (const auto& made : set.commits) {
    lines.push_back((made.where == MadeCommit::Where::new_branch ? "the branch " : "the last commit of ") + escape_untrusted(made.ref, 400));
  }
  for (const auto& change : set.changes) {
    if (is_in_project(change)) {
      lines.push_back(escape_untrusted(change.path, 400));
    }
  }
  return lines;
}

// No value for what is no answer. Nothing may be lost by an interrupt or the end of the input.
std::optional<ReviewAnswer> asked(const std::string& question) {
  print_error_output(question);
  try {
    wait_readable(STDIN_FILENO, std::nullopt);
  } catch (const Interrupted&) {
    print_error_output("\n");
    return ReviewAnswer::keep;
  }
  char line[256];
  const ssize_t count = ::read(STDIN_FILENO, line, sizeof line);
  if (count <= 0) {
    print_error_output("\n");
    return ReviewAnswer::keep;
  }
  const auto answer = review_answer(std::string_view(line, static_cast<std::size_t>(count)));
  if (!answer) {
    print_error_output("l: shows them; a: puts them into the project; k: keeps them for later; d: throws them away\n");
  }
  return answer;
}

}  // namespace

int execute(const ShowDiff& options, const CommandContext& context) {
  const Application application = context.open();
  const ChangeSet set = changes_for_review(options.session, application);
  context.progress.finish();
  show_diff(options, set, change_store(application).blobs_of(set.id));
  return 0;
}

int execute(const DiscardChanges& options, const CommandContext& context) {
  const Application application = context.open();
  const ChangeStore store = change_store(application);
  recover_and_tell(application);
  for (const auto& session : options.sessions) {
    const std::string id = store.find(session, "").id;
    const bool one_look_only = is_of_mount(id) || (session == id && id.find('+') != std::string::npos);
    const FileLock lock = store.lock();
    for (const auto& one : one_look_only ? std::vector{id} : store.ids_of_session(id)) {
      if (one_look_only || !is_of_mount(one)) {  // what was done to a mount can still be taken back
        store.discard(one);
      }
    }
  }
  return 0;
}

int execute(const UndoChanges& options, const CommandContext& context) {
  const Application application = context.open();
  recover_and_tell(application);
  const ChangeStore store = change_store(application);
  const ChangeSet set = changes_for_review(options.session, application, ChangeStore::Newest::applied);
  if (!has_something_to_undo(set)) {
    throw Error(ErrorKind::usage, "nothing of the changes of " + set.id + " was applied", "agentbox diff " + set.id + " shows them");
  }
  if (options.action == UndoChanges::Do::show) {
    print(titled_lines("agentbox undo --yes " + set.id + " takes back:", what_undo_takes_back(set)));
    return 0;
  }
  if (!set.commits.empty()) {
    refuse_git_beside_live_sessions(set.project, application);
  }
  const ApplyResult result = undo_changes(store, set);
  print_error_output(titled_lines("Nothing was done, because of conflicts:", result.conflicts));
  if (!result.conflicts.empty()) {
    return 1;
  }
  if (set.origin == ChangeSet::Origin::live) {
    const FileLock lock = store.lock();
    store.discard(set.id);  // nothing is left to apply: that session worked in the project itself
  }
  print_error_output(titled_lines(own_index_title, result.own));
  print(fmt::format("{} change{} taken back in {}\n", result.done.size(), result.done.size() == 1 ? "" : "s", escape_untrusted(set.project)));
  return 0;
}

void offer_review(const RunResult& result, Ask ask, const CommandContext& context) {
  const auto& changes = result.changes;
  if (changes.count == 0) {
    return;
  }
  const std::string what = fmt::format("{} change{} of {}", changes.count, changes.count == 1 ? "" : "s", changes.id);
  if (ask == Ask::on_terminal) {
    ::tcflush(STDIN_FILENO, TCIFLUSH);  // what was typed before the question was meant for the session
  }
  while (ask == Ask::on_terminal) {
    const auto answer = asked(what + ": [l]ook, [a]pply, [k]eep or [d]iscard? ");
    if (answer == ReviewAnswer::look) {
      ShowDiff diff;
      diff.session = changes.id;
      execute(diff, context);
    } else if (answer == ReviewAnswer::apply) {
      ApplyChanges apply;
      apply.session = changes.id;
      if (execute(apply, context) == 0) {
        return;
      }
    } else if (answer == ReviewAnswer::discard) {
      execute(DiscardChanges{.sessions = {changes.id}}, context);
      return;
    } else if (answer == ReviewAnswer::keep) {
      break;
    }
  }
  print_error_output("agentbox: " + what + " kept: agentbox diff " + changes.id + ", then apply or discard\n");
}

}  // namespace agentbox
