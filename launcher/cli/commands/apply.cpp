// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/review/chosen.hpp"
#include "cli/review/lines.hpp"
#include "cli/review/pick_on_terminal.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/bring_out.hpp"
#include "session/review.hpp"
#include "workspace/changes/apply.hpp"
#include "workspace/git/commit.hpp"

namespace agentbox {
namespace {

void check_apply_options(const ApplyChanges& options) {
  if (options.message && !options.branch && options.commit == ApplyChanges::Commit::no) {
    throw Error(ErrorKind::usage, "--message is for a commit, and none is to be made", "add --commit, or --branch NAME");
  }
}

std::string message_of(const ApplyChanges& options, const ChangeSet& set) { return options.message.value_or("agentbox: changes of " + set.id); }

CommitResult carry_out_apply(const ApplyChanges& options, const ChangeSet& set, const std::vector<std::string>& paths, const Application& application) {
  const ChangeStore store = change_store(application);
  std::vector<std::string> held;
  const auto picked = options.choose == ApplyChanges::Choose::hunks ? pick_on_terminal(set, paths, store.blobs_of(set.id)) : pick_changes(set, paths, held);
  CommitResult result;
  if (options.branch || options.commit == ApplyChanges::Commit::yes) {
    if (!picked.empty()) {
      refuse_git_beside_live_sessions(set.project, application);
      result = options.branch ? put_on_branch(store, set, picked, paths, *options.branch, message_of(options, set))
                              : apply_and_commit(store, set, picked, paths, message_of(options, set));
    }
  } else {
    result.applied = apply_picked(store, set, picked);
  }
  result.applied.held = std::move(held);
  return result;
}

std::string done_text(const CommitResult& result, const ChangeSet& set) {
  const std::size_t count = result.applied.done.size();
  std::string text = fmt::format("{} change{} ", count, count == 1 ? "" : "s");
  const std::string commit = result.commit.commit.substr(0, 12);
  const std::string ref = escape_untrusted(result.commit.ref.starts_with("refs/heads/") ? result.commit.ref.substr(11) : result.commit.ref);
  if (commit.empty()) {
    return text + "applied to " + escape_untrusted(set.project) + "\n";
  }
  return text + (result.commit.where == MadeCommit::Where::new_branch ? "on the new branch " + ref + ", commit " + commit + "\n"
                                                                      : "applied, and committed to " + ref + " as " + commit + "\n");
}

nlohmann::ordered_json report_json(const CommitResult& result, const ChangeSet& set) {
  nlohmann::ordered_json json{{"session", set.id},
            {"applied", result.applied.done},
            {"conflicts", result.applied.conflicts},
            {"held", result.applied.held},
            {"left", result.applied.left},
            {"own", result.applied.own},
            {"left_out", result.left_out}};
  json["commit"] = result.commit.commit.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json{{"ref", result.commit.ref}, {"commit", result.commit.commit}};
  return json;
}

int report(const CommitResult& result, const ChangeSet& set, const ApplyChanges& options) {
  const ApplyResult& applied = result.applied;
  if (options.report == ApplyChanges::Report::json) {
    print(report_json(result, set).dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + "\n");
    return applied.conflicts.empty() ? 0 : 1;
  }
  if (!applied.conflicts.empty()) {
    print_error_output(titled_lines("Nothing was done, because of conflicts:", applied.conflicts));
    print_error_output(options.branch || options.commit == ApplyChanges::Commit::yes
                           ? "Commit or take away what is yours, name the other paths, or apply without a commit.\n"
                           : "agentbox diff " + set.id + " --patch-out FILE, then git apply --3way FILE, merges them; or name the other paths.\n");
    return 1;
  }
  print(done_text(result, set));
  print_error_output(titled_lines("Held back; name them to apply them:", applied.held));
  print_error_output(titled_lines(own_index_title, applied.own));
  print_error_output(titled_lines("Directories that stay, since there is something else in them:", applied.left));
  print_error_output(titled_lines("Not in the commit:", result.left_out));
  return 0;
}

}  // namespace

int execute(const ApplyChanges& options, const CommandContext& context) {
  check_apply_options(options);
  const Application application = context.open();
  const ChangeSet set = changes_for_review(options.session, application);
  context.progress.finish();
  const auto paths = project_paths(options.paths, set.project);
  if (!paths.empty() && chosen_changes(set, paths).empty()) {
    throw Error(ErrorKind::usage, "session " + set.id + " has changed nothing there", "agentbox diff --stat " + set.id + " lists what it has changed");
  }
  return report(carry_out_apply(options, set, paths, application), set, options);
}

}  // namespace agentbox
