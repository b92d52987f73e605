// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/apply.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/error.hpp"
#include "sys/beneath.hpp"
#include "sys/files.hpp"
#include "workspace/changes/apply/choose.hpp"
#include "workspace/changes/apply/journal.hpp"
#include "workspace/changes/apply/moves.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

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
    if (!has_journal(place)) {
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
