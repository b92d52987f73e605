// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/apply.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <optional>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/beneath.hpp"
#include "sys/files.hpp"
#include "workspace/changes/project_index.hpp"

// In the project, while it is applied: STAGE/new-N, the new content of change N, and STAGE/old-N, what was moved out of its way.
// ID/journal: the stage's name, the phase, the direction, and the paths; see Journal.
//   staging   nothing of the project was touched yet
//   moving    things are being moved: new-N is missing when it is in its place
//   done      all is in its place; the change set may not say so yet

namespace agentbox {
namespace {

namespace fs = std::filesystem;
using Kind = NodeState::Kind;

struct Step {
  std::size_t change;  ///< its number in the set
  std::string path;
  NodeState before;
  NodeState after;
};

struct Journal {
  std::string stage;
  enum class Phase { staging, moving, done } phase = Phase::staging;
  ApplyDirection direction = ApplyDirection::forward;
  std::vector<std::size_t> changes;
};

constexpr const char* journal_name = "journal";
constexpr std::string_view phases = "smd";

std::string journal_text(const Journal& journal) {
  std::string text = journal.stage + "\n" + phases[static_cast<std::size_t>(journal.phase)] +
                     (journal.direction == ApplyDirection::forward ? "f" : "u") + "\n";
  for (const auto change : journal.changes) {
    text += std::to_string(change) + "\n";
  }
  return text;
}

std::optional<Journal> load_journal(const fs::path& directory) {
  const auto text = read_file_if_exists(directory / journal_name, ByteSize::mebibytes(64));
  if (!text) {
    return std::nullopt;
  }
  const auto lines = split(*text, '\n');
  if (lines.size() < 3 || lines[1].size() != 2 || phases.find(lines[1][0]) == std::string_view::npos || !is_plain_name(lines[0].substr(1))) {
    throw Error(ErrorKind::environment, (directory / journal_name).string() + " was damaged");
  }
  Journal journal{.stage = lines[0],
                  .phase = static_cast<Journal::Phase>(phases.find(lines[1][0])),
                  .direction = lines[1][1] == 'f' ? ApplyDirection::forward : ApplyDirection::undo,
                  .changes = {}};
  for (std::size_t line = 2; line + 1 < lines.size(); ++line) {
    journal.changes.push_back(std::stoul(lines[line]));
  }
  return journal;
}

void save_journal(const fs::path& directory, const Journal& journal) { write_file_atomically(directory / journal_name, journal_text(journal)); }

std::string shown_path(const std::string& path) { return escape_untrusted(path, 400); }

bool is_content(const NodeState& state) { return state.kind == Kind::file || state.kind == Kind::link || state.kind == Kind::other; }

// A file's mode is no reason for a conflict, nor is a directory's: what would be lost is content.
bool same(const NodeState& a, const NodeState& b) { return a.kind == b.kind && a.digest == b.digest && a.target == b.target; }

[[noreturn]] void fail_at(const std::string& what, const std::string& path) {
  throw system_error("cannot " + what + " " + shown_path(path), "nothing was changed; the changes are kept");
}

// For tests: agentbox ends here as if it had been killed.
void maybe_die(const char* place) {
  const char* wanted = std::getenv("AGENTBOX_TEST_DIE_AT");
  if (wanted != nullptr && std::string_view(wanted) == place) {
    ::raise(SIGKILL);
  }
}

/// The moves of one application, each of which can be taken back, in this process or a later one.
class Moves {
 public:
  Moves(const Beneath& project, const BlobStore& blobs, std::string stage, std::vector<Step> steps)
      : project_(project), blobs_(blobs), stage_(std::move(stage)), steps_(std::move(steps)) {}

  void make_stage() {
    if (::mkdirat(project_.fd(), stage_.c_str(), 0700) != 0) {
      fail_at("write to", "the project's directory");
    }
    for (const auto& step : steps_) {
      stage_content(step);
    }
  }

  // Removals from the bottom up, then directories from the top down, then contents, then modes.
  void forward(std::vector<std::string>& left) {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
      if (is_content(step->before) && (step->after.kind == Kind::absent || step->after.kind == Kind::directory)) {
        take_out(*step);
      } else if (step->before.kind == Kind::directory && step->after.kind != Kind::directory) {
        remove_directory(*step, left);
      }
    }
    maybe_die("removed");
    for (const auto& step : steps_) {
      if (step.after.kind == Kind::directory && step.before.kind != Kind::directory) {
        const auto at = project_.place(step.path);
        if (!at.parent || ::mkdirat(at.parent.get(), at.name.c_str(), 0700) != 0) {
          fail_at("make the directory", step.path);
        }
      }
    }
    for (const auto& step : steps_) {
      if (is_content(step.after)) {
        if (is_content(step.before)) {
          take_out(step);
        }
        put_in(step);
        maybe_die("installed");
      }
    }
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
      if (step->after.kind == Kind::directory) {
        set_directory_mode(*step, step->after.mode);
      }
    }
  }

  // From any point of forward(). What somebody has changed since stays as it is; then the stage stays, too.
  void backward() {
    for (const auto& step : steps_) {
      if (step.before.kind == Kind::directory && step.after.kind == Kind::directory) {
        set_directory_mode(step, step.before.mode);
      }
    }
    for (const auto& step : steps_) {
      if (is_content(step.after) && !staged("new", step)) {
        if (same(observe(project_, step.path, nullptr), step.after)) {
          move_to_stage(step, "new");
        } else {
          disturbed_ = true;
        }
      }
    }
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
      if (step->after.kind == Kind::directory && step->before.kind != Kind::directory) {
        const auto at = project_.place(step->path);
        if (at.parent) {
          ::unlinkat(at.parent.get(), at.name.c_str(), AT_REMOVEDIR);
        }
      }
    }
    for (const auto& step : steps_) {
      const auto at = project_.place(step.path);
      if (!at.parent) {
        continue;
      }
      if (step.before.kind == Kind::directory && step.after.kind != Kind::directory) {
        if (::mkdirat(at.parent.get(), at.name.c_str(), 0700) == 0) {
          set_directory_mode(step, step.before.mode);
        }
      } else if (staged("old", step) && ::renameat2(project_.fd(), name("old", step).c_str(), at.parent.get(), at.name.c_str(), RENAME_NOREPLACE) != 0) {
        disturbed_ = true;
      }
    }
  }

  void remove_stage() {
    if (disturbed_) {
      throw Error(ErrorKind::environment, "files were changed while changes were being taken back",
                  "what was there before is in " + stage_ + " in the project");
    }
    for (const auto& step : steps_) {
      ::unlinkat(project_.fd(), name("new", step).c_str(), 0);
      ::unlinkat(project_.fd(), name("old", step).c_str(), 0);
    }
    ::unlinkat(project_.fd(), stage_.c_str(), AT_REMOVEDIR);
  }

 private:
  [[nodiscard]] std::string name(const char* kind, const Step& step) const { return stage_ + "/" + kind + "-" + std::to_string(step.change); }
  [[nodiscard]] bool staged(const char* kind, const Step& step) const { return project_.look_at(name(kind, step)).has_value(); }

  void stage_content(const Step& step) {
    const std::string target = name("new", step);
    if (step.after.kind == Kind::link) {
      if (::symlinkat(step.after.target.c_str(), project_.fd(), target.c_str()) != 0) {
        fail_at("make the link", step.path);
      }
    } else if (step.after.kind == Kind::file) {
      const UniqueFd file = project_.open(target, O_WRONLY | O_CREAT | O_EXCL, 0600);
      if (!file) {
        fail_at("write", step.path);
      }
      blobs_.copy_to(step.after.digest, file.get());
      if (::fchmod(file.get(), step.after.mode & 0777U) != 0) {
        fail_at("set the mode of", step.path);
      }
    }
  }

  void move_to_stage(const Step& step, const char* kind) {
    const auto at = project_.place(step.path);
    if (!at.parent || ::renameat2(at.parent.get(), at.name.c_str(), project_.fd(), name(kind, step).c_str(), RENAME_NOREPLACE) != 0) {
      fail_at("move", step.path);
    }
  }

  // What was compared may have been replaced since, so what was taken is looked at once more, where nobody reaches it by name.
  void take_out(const Step& step) {
    move_to_stage(step, "old");
    if (!same(observe(project_, name("old", step), nullptr), step.before)) {
      throw Error(ErrorKind::environment, shown_path(step.path) + " was changed at this very moment", "nothing was applied; try again");
    }
  }

  void put_in(const Step& step) {
    const auto at = project_.place(step.path);
    if (!at.parent || ::renameat2(project_.fd(), name("new", step).c_str(), at.parent.get(), at.name.c_str(), RENAME_NOREPLACE) != 0) {
      fail_at("write", step.path);
    }
  }

  void remove_directory(const Step& step, std::vector<std::string>& left) {
    const auto at = project_.place(step.path);
    if (at.parent && ::unlinkat(at.parent.get(), at.name.c_str(), AT_REMOVEDIR) == 0) {
      return;
    }
    if ((errno == ENOTEMPTY || errno == EEXIST) && step.after.kind == Kind::absent) {
      left.push_back(step.path);
    } else {
      fail_at("remove the directory", step.path);
    }
  }

  void set_directory_mode(const Step& step, unsigned mode) {
    const UniqueFd directory = project_.open(step.path, O_RDONLY | O_DIRECTORY);
    if (directory && ::fchmod(directory.get(), mode & 0777U) != 0) {
      fail_at("set the mode of", step.path);
    }
  }

  const Beneath& project_;
  const BlobStore& blobs_;
  std::string stage_;
  std::vector<Step> steps_;  ///< by path
  bool disturbed_ = false;
};

bool is_named(const std::string& path, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), [&](const auto& one) { return path == one || path.starts_with(one + "/"); });
}

Step step_for(const ChangeSet& set, std::size_t number, ApplyDirection direction) {
  const Change& change = set.changes[number];
  const bool forward = direction == ApplyDirection::forward;
  return {.change = number, .path = change.path, .before = forward ? change.before : change.after, .after = forward ? change.after : change.before};
}

// A file in a directory that the same set makes needs that directory.
void add_needed_directories(const ChangeSet& set, ApplyDirection direction, std::vector<Step>& steps) {
  std::map<std::string, std::size_t> numbers;
  for (std::size_t number = 0; number < set.changes.size(); ++number) {
    numbers[set.changes[number].path] = number;
  }
  std::map<std::string, Step> all;
  for (const auto& step : steps) {
    for (auto slash = step.path.find('/'); slash != std::string::npos && step.after.kind != Kind::absent; slash = step.path.find('/', slash + 1)) {
      const auto found = numbers.find(step.path.substr(0, slash));
      const bool wanted = found != numbers.end() && step_for(set, found->second, direction).after.kind == Kind::directory &&
                          set.changes[found->second].state == (direction == ApplyDirection::forward ? Change::State::open : Change::State::applied);
      if (wanted) {
        all.emplace(found->first, step_for(set, found->second, direction));
      }
    }
    all.insert_or_assign(step.path, step);
  }
  steps.clear();
  for (auto& [path, step] : all) {
    steps.push_back(std::move(step));
  }
}

std::vector<Step> choose_steps(const ChangeSet& set, ApplyDirection direction, const std::vector<std::string>& paths, ApplyResult& result) {
  std::vector<Step> steps;
  const auto wanted = direction == ApplyDirection::forward ? Change::State::open : Change::State::applied;
  for (std::size_t number = 0; number < set.changes.size(); ++number) {
    const Change& change = set.changes[number];
    if (change.state != wanted || (!paths.empty() && !is_named(change.path, paths))) {
      continue;
    }
    // Named means by its own name: naming a directory is not meant for what hides in it.
    const auto held = reason_to_hold(change, set.project);
    if (held && direction == ApplyDirection::forward && std::find(paths.begin(), paths.end(), change.path) == paths.end()) {
      result.held.push_back(shown_path(change.path) + ": " + *held);
      continue;
    }
    steps.push_back(step_for(set, number, direction));
  }
  add_needed_directories(set, direction, steps);
  return steps;
}

void find_conflicts(const ChangeSet& set, const Beneath& project, std::vector<Step>& steps, ApplyDirection direction, ApplyResult& result) {
  std::vector<Step> todo;
  for (auto& step : steps) {
    const NodeState now = observe(project, step.path, nullptr);
    if (now == step.after && step.after.kind != Kind::other) {
      result.done.push_back(step.path);  // it is so already
      continue;
    }
    const bool changed = direction == ApplyDirection::forward && set.changes[step.change].meanwhile == Change::Meanwhile::changed;
    if (changed) {
      result.conflicts.push_back(shown_path(step.path) + ": changed on this machine while the session ran");
    } else if (!same(now, step.before)) {
      result.conflicts.push_back(shown_path(step.path) + ": changed on this machine since");
    } else {
      todo.push_back(std::move(step));
    }
  }
  steps = std::move(todo);
}

void mark(ChangeSet& set, const std::vector<std::string>& paths, ApplyDirection direction) {
  for (const auto& path : paths) {
    const auto found = std::find_if(set.changes.begin(), set.changes.end(), [&](const auto& change) { return change.path == path; });
    found->state = direction == ApplyDirection::forward ? Change::State::applied : Change::State::open;
  }
}

// Also when something is left in the stage: it is named to the user once, and not looked at again.
void end_journal(const fs::path& place, Moves& moves) {
  try {
    moves.remove_stage();
  } catch (const Error&) {
    ::unlink((place / journal_name).c_str());
    throw;
  }
  ::unlink((place / journal_name).c_str());
}

void sync_project(const Beneath& project) {
  if (::syncfs(project.fd()) != 0) {
    throw system_error("cannot write the project to the disk");
  }
}

}  // namespace

ApplyResult apply_changes(const ChangeStore& store, ChangeSet set, ApplyDirection direction, const std::vector<std::string>& paths) {
  ApplyResult result;
  const FileLock lock = store.lock();
  const Beneath project(set.project);
  std::vector<Step> steps = choose_steps(set, direction, paths, result);
  find_conflicts(set, project, steps, direction, result);
  if (!result.conflicts.empty()) {
    result.done.clear();
    return result;
  }
  if (!steps.empty()) {
    Journal journal{.stage = ".agentbox-apply-" + random_hex(4), .phase = Journal::Phase::staging, .direction = direction, .changes = {}};
    for (const auto& step : steps) {
      journal.changes.push_back(step.change);
      result.done.push_back(step.path);
    }
    const fs::path place = store.directory_of(set.id);
    const BlobStore blobs = store.blobs_of(set.id);
    save_journal(place, journal);
    Moves moves(project, blobs, journal.stage, steps);
    try {
      moves.make_stage();
      maybe_die("staged");
      sync_project(project);
      journal.phase = Journal::Phase::moving;
      save_journal(place, journal);
    } catch (...) {
      end_journal(place, moves);
      throw;
    }
    try {
      moves.forward(result.left);
      maybe_die("moved");
      sync_project(project);
    } catch (...) {
      moves.backward();
      end_journal(place, moves);
      throw;
    }
    journal.phase = Journal::Phase::done;
    save_journal(place, journal);  // from here on it is applied, whatever happens
    maybe_die("committed");
    mark(set, result.done, direction);
    store.save(set);
    end_journal(place, moves);
  } else if (!result.done.empty()) {
    mark(set, result.done, direction);
    store.save(set);
  }
  return result;
}

std::vector<std::string> recover_changes(const ChangeStore& store) {
  std::vector<std::string> recovered;
  for (const auto& id : store.ids()) {
    const fs::path place = store.directory_of(id);
    if (::access((place / journal_name).c_str(), F_OK) != 0) {
      continue;
    }
    const FileLock lock = store.lock();
    const auto journal = load_journal(place);
    if (!journal) {
      continue;  // whoever held the lock has finished
    }
    ChangeSet set = parse_change_set(read_file(place / "changes", ByteSize::gibibytes(1)));
    const Beneath project(set.project);
    std::vector<Step> steps;
    std::vector<std::string> names;
    for (const auto change : journal->changes) {
      steps.push_back(step_for(set, std::min(change, set.changes.size() - 1), journal->direction));
      names.push_back(steps.back().path);
    }
    const BlobStore blobs = store.blobs_of(id);
    Moves moves(project, blobs, journal->stage, steps);
    if (journal->phase == Journal::Phase::moving) {
      moves.backward();
      sync_project(project);
    } else if (journal->phase == Journal::Phase::done) {
      mark(set, names, journal->direction);
      store.save(set);
    }
    end_journal(place, moves);
    recovered.push_back(id);
  }
  return recovered;
}

}  // namespace agentbox
