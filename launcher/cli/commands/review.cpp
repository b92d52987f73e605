// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/review.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/bring_out.hpp"
#include "session/review.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/terminal.hpp"
#include "sys/wait.hpp"
#include "workspace/changes/apply.hpp"
#include "workspace/changes/patch.hpp"

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> cleaned(const std::vector<std::string>& paths, const std::string& project) {
  std::vector<std::string> clean;
  for (const auto& path : paths) {
    std::string one = std::filesystem::path(path).lexically_normal().string();
    if (one == project) {
      one = ".";
    } else if (one.starts_with(project + "/")) {
      one = one.substr(project.size() + 1);
    }
    while (one.ends_with('/')) {
      one.pop_back();
    }
    clean.push_back(one);
  }
  return std::find(clean.begin(), clean.end(), ".") != clean.end() ? std::vector<std::string>{} : clean;
}

bool is_in_git(const std::string& path) { return path == ".git" || path.starts_with(".git/") || path.find("/.git/") != std::string::npos; }

std::vector<Change> chosen(const ChangeSet& set, const std::vector<std::string>& paths) {
  std::vector<Change> changes;
  for (const auto& change : set.changes) {
    if (paths.empty() || std::any_of(paths.begin(), paths.end(), [&](const auto& path) {
          return change.path == path || change.path.starts_with(path + "/");
        })) {
      changes.push_back(change);
    }
  }
  return changes;
}

// git's own files are no text for people; that there are some is said.
std::vector<Change> without_git(const std::vector<Change>& changes) {
  std::vector<Change> rest;
  std::copy_if(changes.begin(), changes.end(), std::back_inserter(rest), [](const auto& change) { return !is_in_git(change.path); });
  return rest;
}

std::string notes_on(const ChangeSet& set, const std::vector<Change>& changes) {
  std::string notes;
  std::size_t in_git = 0;
  for (const auto& change : changes) {
    in_git += is_in_git(change.path) ? 1U : 0U;
    if (change.state == Change::State::applied) {
      continue;
    }
    if (const auto held = reason_to_hold(change, set.project)) {
      notes += "held back unless named: " + escape_untrusted(change.path, 400) + " (" + *held + ")\n";
    }
    if (change.meanwhile == Change::Meanwhile::changed) {
      notes += "conflict: " + escape_untrusted(change.path, 400) + " was changed on this machine while the session ran\n";
    }
  }
  if (in_git > 0) {
    notes += fmt::format("{} more change{} in .git, not shown\n", in_git, in_git == 1 ? "" : "s");
  }
  for (const auto& path : set.odd) {
    notes += "not brought out: " + escape_untrusted(path, 400) + " (neither file, directory nor link)\n";
  }
  return notes;
}

const char* kind_word(const NodeState& state) {
  switch (state.kind) {
    case NodeState::Kind::absent:
      return "absent";
    case NodeState::Kind::file:
      return "file";
    case NodeState::Kind::directory:
      return "directory";
    case NodeState::Kind::link:
      return "link";
    case NodeState::Kind::other:
      break;
  }
  return "other";
}

Json state_json(const NodeState& state) {
  Json json{{"kind", kind_word(state)}};
  if (state.kind == NodeState::Kind::file) {
    json.update({{"mode", fmt::format("{:04o}", state.mode)}, {"size", state.size}, {"sha256", state.digest}});
  } else if (state.kind == NodeState::Kind::link) {
    json["target"] = state.target;
  }
  return json;
}

// In ASCII: JSON itself lets C1 controls and marks that reorder a line through to a terminal.
std::string dump(const Json& json) { return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n"; }

Json diff_json(const ChangeSet& set, const std::vector<Change>& changes) {
  Json list = Json::array();
  for (const auto& change : changes) {
    Json one{{"path", change.path}, {"before", state_json(change.before)}, {"after", state_json(change.after)}};
    one["applied"] = change.state == Change::State::applied;
    one["conflict"] = change.meanwhile == Change::Meanwhile::changed;
    const auto held = reason_to_hold(change, set.project);
    one["held"] = held ? Json(*held) : Json(nullptr);
    list.push_back(std::move(one));
  }
  return {{"session", set.id}, {"project", set.project}, {"created", set.created}, {"changes", list}, {"not_brought_out", set.odd}};
}

/// As git's defaults: headers bold, hunks cyan, lines red and green.
std::string colored(const std::string& patch) {
  std::string text;
  for (const auto& line : split(patch, '\n')) {
    const char* color = line.starts_with("@@")                                                             ? "\x1b[36m"
                        : line.starts_with("+++") || line.starts_with("---") || line.starts_with("diff ") ||
                                line.starts_with("index ") || line.starts_with("new ") || line.starts_with("old ") ||
                                line.starts_with("deleted ") || line.starts_with("rename ") || line.starts_with("similarity ")
                            ? "\x1b[1m"
                        : line.starts_with('+') ? "\x1b[32m"
                        : line.starts_with('-') ? "\x1b[31m"
                                                : "";
    // The lines are a guest's: nothing in them may reach the terminal as it is.
    std::string shown;
    for (const auto& field : split(line, '\t')) {
      shown += (shown.empty() ? "" : "\t") + escape_untrusted(field, 16384);
    }
    text += *color == '\0' ? shown + "\n" : color + shown + "\x1b[m\n";
  }
  text.pop_back();
  return text;
}

// As git chooses: GIT_PAGER, PAGER, less; "cat" and "" are none. A pager that cannot be started is none, too.
void page(const std::string& text) {
  const char* git_pager = std::getenv("GIT_PAGER");
  const char* pager = git_pager != nullptr ? git_pager : std::getenv("PAGER");
  const std::string command = pager != nullptr ? pager : "less";
  if (command.empty() || command == "cat") {
    print(text);
    return;
  }
  PipeEnds pipe = make_pipe();
  ChildProcess child = ChildProcess::spawn({.argv = {"/bin/sh", "-c", "LESS=${LESS-FRX} LV=${LV--c} exec " + command},
                                            .fds = {{pipe.read.get(), 0}, {STDOUT_FILENO, 1}, {STDERR_FILENO, 2}}});
  const Foreground lent(child.pid());
  pipe.read.reset();
  try {
    write_all(pipe.write.get(), text);
  } catch (const Error&) {
    // Its user has seen enough.
  }
  pipe.write.reset();
  child.wait();
}

int show_diff(const ShowDiff& options, const ChangeSet& set, const BlobStore& blobs) {
  const std::vector<Change> changes = chosen(set, cleaned(options.paths, set.project));
  if (options.print == ShowDiff::Print::json) {
    print(dump(diff_json(set, changes)));
    return 0;
  }
  const auto files = make_patch(options.patch_out ? changes : without_git(changes), blobs);
  std::string text;
  if (options.print == ShowDiff::Print::stat) {
    text = patch_stat(files);
  } else {
    for (const auto& file : files) {
      text += file.text;
    }
  }
  if (options.patch_out) {
    write_file_atomically(*options.patch_out, text, 0644);
    return 0;
  }
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const std::string notes = notes_on(set, changes);
  if (terminal) {
    page((options.print == ShowDiff::Print::stat ? text : colored(text)) + notes);
  } else {
    print(text);
    print_error_output(notes);
  }
  return 0;
}

std::string list_lines(const std::string& title, const std::vector<std::string>& lines) {
  constexpr std::size_t most_lines = 20;
  std::string text;
  for (std::size_t line = 0; line < std::min(lines.size(), most_lines); ++line) {
    text += "  " + escape_untrusted(lines[line], 1024) + "\n";  // paths are a guest's
  }
  return lines.empty() ? "" : title + "\n" + text + (lines.size() > most_lines ? fmt::format("  and {} more\n", lines.size() - most_lines) : "");
}

int report(const ApplyResult& result, const ChangeSet& set, ApplyChanges::Report form) {
  if (form == ApplyChanges::Report::json) {
    print(dump({{"session", set.id}, {"applied", result.done}, {"conflicts", result.conflicts}, {"held", result.held}, {"left", result.left}}));
    return result.conflicts.empty() ? 0 : 1;
  }
  print_error_output(list_lines("Nothing was done, because of conflicts:", result.conflicts));
  if (!result.conflicts.empty()) {
    print_error_output("agentbox diff " + set.id + " --patch-out FILE, then git apply --3way FILE, merges them; or name the other paths.\n");
    return 1;
  }
  print(fmt::format("{} change{} applied to {}\n", result.done.size(), result.done.size() == 1 ? "" : "s", escape_untrusted(set.project)));
  print_error_output(list_lines("Held back; name them to apply them:", result.held));
  print_error_output(list_lines("Directories that stay, since there is something else in them:", result.left));
  return 0;
}

}  // namespace

int execute(const ShowDiff& options, const CommandContext& context) {
  const Application application = context.open();
  const ChangeSet set = changes_for_review(options.session, application);
  context.progress.finish();
  return show_diff(options, set, change_store(application).blobs_of(set.id));
}

int execute(const ApplyChanges& options, const CommandContext& context) {
  const Application application = context.open();
  const ChangeSet set = changes_for_review(options.session, application);
  context.progress.finish();
  const auto paths = cleaned(options.paths, set.project);
  if (!paths.empty() && chosen(set, paths).empty()) {
    throw Error(ErrorKind::usage, "session " + set.id + " has changed nothing there", "agentbox diff --stat " + set.id + " lists what it has changed");
  }
  return report(apply_changes(change_store(application), set, ApplyDirection::forward, paths), set, options.report);
}

int execute(const DiscardChanges& options, const CommandContext& context) {
  const Application application = context.open();
  const ChangeStore store = change_store(application);
  recover_and_tell(application);
  for (const auto& session : options.sessions) {
    const std::string id = store.find(session, "").id;
    const FileLock lock = store.lock();
    store.discard(id);
  }
  return 0;
}

int execute(const UndoChanges& options, const CommandContext& context) {
  const Application application = context.open();
  recover_and_tell(application);
  const ChangeStore store = change_store(application);
  const ChangeSet set = changes_for_review(options.session, application, ChangeStore::Newest::applied);
  if (count_open(set) == set.changes.size()) {
    throw Error(ErrorKind::usage, "nothing of the changes of " + set.id + " was applied", "agentbox diff " + set.id + " shows them");
  }
  if (options.action == UndoChanges::Do::show) {
    std::vector<std::string> paths;
    for (const auto& change : set.changes) {
      if (change.state == Change::State::applied) {
        paths.push_back(escape_untrusted(change.path, 400));
      }
    }
    print(list_lines("agentbox undo --yes " + set.id + " takes back:", paths));
    return 0;
  }
  const ApplyResult result = apply_changes(store, set, ApplyDirection::undo, {});
  print_error_output(list_lines("Nothing was done, because of conflicts:", result.conflicts));
  if (!result.conflicts.empty()) {
    return 1;
  }
  print(fmt::format("{} change{} taken back in {}\n", result.done.size(), result.done.size() == 1 ? "" : "s", escape_untrusted(set.project)));
  return 0;
}

void offer_review(const RunResult& result, Ask ask, const CommandContext& context) {
  const auto& changes = result.changes;
  if (changes.count == 0) {
    return;
  }
  const std::string what = fmt::format("{} change{} of {}", changes.count, changes.count == 1 ? "" : "s", changes.id);
  while (ask == Ask::on_terminal) {
    print_error_output(what + ": [l]ook, [a]pply, [k]eep or [d]iscard? ");
    wait_readable(STDIN_FILENO, std::nullopt);
    char line[256];
    const ssize_t count = ::read(STDIN_FILENO, line, sizeof line);
    const char answer = count > 0 ? line[0] : 'k';
    if (answer == 'l' || answer == 'L') {
      execute(ShowDiff{.session = changes.id, .paths = {}, .patch_out = {}}, context);
    } else if (answer == 'a' || answer == 'A') {
      if (execute(ApplyChanges{.session = changes.id, .paths = {}}, context) == 0) {
        return;
      }
    } else if (answer == 'd' || answer == 'D') {
      execute(DiscardChanges{.sessions = {changes.id}}, context);
      return;
    } else if (answer == 'k' || answer == 'K') {
      break;
    }
  }
  print_error_output("agentbox: " + what + " kept: agentbox diff " + changes.id + ", then apply or discard\n");
}

}  // namespace agentbox
