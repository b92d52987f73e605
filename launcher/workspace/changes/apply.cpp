// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/apply.hpp"

#include <unistd.h>

#include <map>

#include "core/error.hpp"
#include "sys/beneath.hpp"
#include "workspace/changes/apply/choose.hpp"
#include "workspace/changes/apply/journal.hpp"
#include "workspace/changes/apply/moves.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

void mark_applied(Change& change, const NodeState& now) {
  change.state = now == change.after ? Change::State::applied : now == change.before ? Change::State::open : Change::State::partly;
  change.part = change.state == Change::State::partly ? now : NodeState{};
}

void mark_undone(Change& change) {
  change.state = Change::State::open;
  change.part = {};
}

void mark(Change& change, const Step& step, ApplyDirection direction) {
  if (direction == ApplyDirection::forward) {
    mark_applied(change, step.after);
  } else {
    mark_undone(change);
  }
}

// Also when something is left in the stage: it is named to the user once, and not looked at again.
void end_journal(const fs::path& place, const Moves& moves) {
  try {
    moves.remove_stage();
  } catch (const Error&) {
    remove_journal(place);
    throw;
  }
  remove_journal(place);
}

void sync_project(const Beneath& project) {
  if (::syncfs(project.fd()) != 0) {
    throw system_error("cannot write the project to the disk");
  }
}

// All steps, or none and an exception. When it returns the journal says done.
void carry_out(const Beneath& project, const fs::path& place, Moves& moves, Journal& journal, std::vector<std::string>& left) {
  save_journal(place, journal);
  try {
    moves.make_stage();
    sync_project(project);
    journal.phase = Journal::Phase::moving;
    save_journal(place, journal);
  } catch (...) {
    end_journal(place, moves);
    throw;
  }
  try {
    moves.forward(left);
    sync_project(project);
    journal.phase = Journal::Phase::done;
    save_journal(place, journal);  // from here on it is applied, whatever happens
  } catch (...) {
    moves.backward();
    end_journal(place, moves);
    throw;
  }
}

/// The lock, and under it the set as the caller knows it.
class LockedSet {
 public:
  LockedSet(const ChangeStore& store, const ChangeSet& expected) : lock_(store.lock()), set_(store.load(expected.id)) {
    if (set_ != expected) {
      throw Error(ErrorKind::environment, "the changes of " + expected.id + " were applied or taken back by another agentbox at this moment",
                  "nothing was done; try again");
    }
  }
  [[nodiscard]] ChangeSet& set() { return set_; }

 private:
  FileLock lock_;
  ChangeSet set_;
};

ApplyResult apply_steps(const ChangeStore& store, ChangeSet& set, std::vector<Step> steps, ApplyDirection direction) {
  ApplyResult result;
  const Beneath project(set.project);
  ComparedSteps compared = compare_steps(set, project, std::move(steps), direction);
  if (!compared.conflicts.empty()) {
    result.conflicts = std::move(compared.conflicts);
    return result;
  }
  for (const auto& step : compared.there) {
    Change& change = set.changes[step.change];
    if (direction == ApplyDirection::forward && change.state == Change::State::open) {
      change.before = step.after;  // it was not brought by us, so undoing will leave it
    }
    mark(change, step, direction);
    result.done.push_back(step.path);
  }
  for (const auto& step : compared.own) {
    result.own.push_back(step.path);
    if (direction == ApplyDirection::undo) {
      mark(set.changes[step.change], step, direction);  // of what was brought there is nothing left to take back
    }
  }
  if (compared.todo.empty()) {
    if (!compared.there.empty() || !compared.own.empty()) {
      store.save(set);
    }
    return result;
  }
  for (const auto& step : compared.todo) {
    mark(set.changes[step.change], step, direction);
    result.done.push_back(step.path);
  }
  const fs::path place = store.directory_of(set.id);
  const BlobStore blobs = store.blobs_of(set.id);
  Journal journal{.stage = new_stage_name(), .phase = Journal::Phase::staging, .direction = direction, .steps = std::move(compared.todo)};
  Moves moves(project, blobs, journal.stage, journal.steps);
  carry_out(project, place, moves, journal, result.left);
  try {
    store.save(set);
  } catch (const Error& error) {
    throw Error(error.kind(), error.what(), "what was asked for is done in the project all the same; the next agentbox notes it, when there is space");
  }
  end_journal(place, moves);
  return result;
}

}  // namespace

std::vector<PickedChange> pick_changes(const ChangeSet& set, const std::vector<std::string>& paths, std::vector<std::string>& held) {
  std::vector<PickedChange> picked;
  for (const auto& step : choose_steps(set, ApplyDirection::forward, paths, held)) {
    picked.push_back({.change = step.change, .becomes = step.after});
  }
  return picked;
}

ApplyResult apply_changes(const ChangeStore& store, const ChangeSet& set, ApplyDirection direction, const std::vector<std::string>& paths) {
  LockedSet locked(store, set);
  std::vector<std::string> held;
  std::vector<Step> steps = choose_steps(set, direction, paths, held);
  ApplyResult result = apply_steps(store, locked.set(), std::move(steps), direction);
  result.held = std::move(held);
  return result;
}

ApplyResult apply_picked(const ChangeStore& store, const ChangeSet& set, const std::vector<PickedChange>& picked) {
  LockedSet locked(store, set);
  return apply_steps(store, locked.set(), steps_of(set, picked), ApplyDirection::forward);
}

std::vector<std::string> recover_changes(const ChangeStore& store) {
  std::vector<std::string> recovered;
  store.remove_unfinished();
  for (const auto& id : store.ids()) {
    const fs::path place = store.directory_of(id);
    if (!has_journal(place)) {
      continue;
    }
    const FileLock lock = store.lock();
    const auto journal = load_journal(place);
    if (!journal) {
      continue;  // whoever held the lock has finished
    }
    ChangeSet set = store.load(id);
    const Beneath project(set.project);
    const BlobStore blobs = store.blobs_of(id);
    Moves moves(project, blobs, journal->stage, journal->steps);
    if (journal->phase == Journal::Phase::moving) {
      moves.backward();
      sync_project(project);
    } else if (journal->phase == Journal::Phase::done) {
      for (const auto& step : journal->steps) {
        if (step.change < set.changes.size() && set.changes[step.change].path == step.path) {
          mark(set.changes[step.change], step, journal->direction);
        }
      }
      store.save(set);
    }
    end_journal(place, moves);
    recovered.push_back(id);
  }
  return recovered;
}

}  // namespace agentbox
