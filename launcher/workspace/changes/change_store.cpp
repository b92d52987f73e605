// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/change_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "store/aside.hpp"
#include "store/strict_json.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

void sync_file_system(const fs::path& path) {
  const UniqueFd fd = open_directory(path);
  if (::syncfs(fd.get()) != 0) {
    throw system_error("cannot write " + path.string() + " to the disk");
  }
}

std::string known_sets(const std::vector<ChangeSet>& sets) {
  if (sets.empty()) {
    return "No changes wait for review.";
  }
  constexpr std::size_t most = 10;
  std::string known = sets.size() > most ? "The newest changes are of:" : "There are changes of:";
  for (auto set = sets.end() - static_cast<std::ptrdiff_t>(std::min(most, sets.size())); set != sets.end(); ++set) {
    known += "\n  " + set->id + " in " + escape_untrusted(set->project, 200);
  }
  return known;
}

constexpr std::string_view mount_suffix = "+mount";

std::string session_of(const std::string& id) { return id.substr(0, id.find('+')); }

// What stays of a set when a newer one of its session has all that waited: what can be taken back.
void keep_what_was_done(ChangeSet& set) {
  std::erase_if(set.changes, [](const Change& change) { return change.state == Change::State::open; });
  for (auto& change : set.changes) {
    if (change.state == Change::State::partly) {
      change.after = std::exchange(change.part, {});
      change.state = Change::State::applied;
    }
  }
}

}  // namespace

std::string id_of_mount(const std::string& session, std::size_t number) { return session + std::string(mount_suffix) + std::to_string(number); }

bool is_of_mount(const std::string& id) { return id.find(mount_suffix) != std::string::npos; }

ChangeSet ChangeStore::create(ChangeSet about,
                              const std::function<void(ChangeSet&, const BlobStore&, const fs::path&)>& fill) const {
  make_directories(directory_);
  AsideDirectory aside(directory_);
  const std::string session = about.id;
  about.created = utc_timestamp();
  const BlobStore blobs(aside.path() / "blobs");
  make_directories(aside.path() / "blobs");
  fill(about, blobs, aside.path());
  const FileLock alone = lock();
  const bool for_review = about.origin == ChangeSet::Origin::review;
  if (about.changes.empty() && about.odd.empty()) {
    if (for_review) {
      supersede(session, {});
    }
    return about;
  }
  if (for_review && has(session) && has_something_to_undo(load(session))) {
    about.id += "+" + random_hex(2);
  }
  write_file_atomically(aside.path() / "changes", change_set_text(about));
  sync_file_system(aside.path());
  if (about.id == session) {
    remove_as_a_whole(directory_ / session);  // an earlier look, which may only go when this one is whole
  }
  if (!aside.move_to(about.id)) {
    throw Error(ErrorKind::environment, "the changes of session " + about.id + " cannot be stored: something is in the way");
  }
  sync_path(directory_);
  if (for_review) {
    supersede(session, about.id);
  }
  return about;
}

// The lock is held.
void ChangeStore::supersede(const std::string& session, const std::string& newest) const {
  for (const auto& id : ids_of_session(session)) {
    if (id == newest || is_of_mount(id) || !has(id)) {
      continue;
    }
    ChangeSet set = load(id);
    keep_what_was_done(set);
    if (set.changes.empty()) {
      discard(id);
    } else {
      save(set);
    }
  }
}

std::map<std::string, NodeState> ChangeStore::known_states(const std::string& session) const {
  std::map<std::string, NodeState> known;
  for (const auto& set : list()) {
    if (session_of(set.id) != session || is_of_mount(set.id)) {
      continue;
    }
    for (const auto& change : set.changes) {
      if (change.meanwhile == Change::Meanwhile::unchanged) {
        known.insert_or_assign(change.path, present_state(change));
      }
    }
  }
  return known;
}

std::vector<std::string> ChangeStore::ids() const { return names_in(directory_); }

std::vector<std::string> ChangeStore::ids_of_session(const std::string& id) const {
  std::vector<std::string> all = ids();
  std::erase_if(all, [&](const auto& one) { return session_of(one) != session_of(id); });
  return all;
}

ChangeSet ChangeStore::load(const std::string& id) const { return parse_change_set(read_file(directory_ / id / "changes", ByteSize::gibibytes(1))); }

std::vector<ChangeSet> ChangeStore::list() const {
  std::vector<ChangeSet> sets;
  for (const auto& id : ids()) {
    try {
      sets.push_back(load(id));
    } catch (const Error&) {
      continue;  // discarded while we looked, or damaged; find() says which
    }
  }
  // Of the same second, what a session did to its project counts as newer.
  std::stable_sort(sets.begin(), sets.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.created, !is_of_mount(a.id)) < std::tuple(b.created, !is_of_mount(b.id));
  });
  return sets;
}

bool ChangeStore::has(const std::string& id) const { return ::access((directory_ / id / "changes").c_str(), F_OK) == 0; }

bool ChangeStore::has_any(const ChangeSet& set, Newest wanted) { return wanted == Newest::open ? count_open(set) > 0 : has_something_to_undo(set); }

ChangeSet ChangeStore::find(const std::string& id_or_prefix, const std::string& project, Newest wanted) const {
  const auto sets = list();
  const bool newest = id_or_prefix.empty() || id_or_prefix == "last";
  std::vector<ChangeSet> found;
  std::set<std::string> sessions;
  for (const auto& set : sets) {
    if (set.id == id_or_prefix && set.id.find('+') != std::string::npos) {
      return set;
    }
    if (newest ? (project.empty() || set.project == project) : set.id.starts_with(id_or_prefix)) {
      found.push_back(set);
      sessions.insert(session_of(set.id));
    }
  }
  if (sessions.contains(id_or_prefix)) {  // a whole name, which may be the beginning of another one
    std::erase_if(found, [&](const auto& set) { return session_of(set.id) != id_or_prefix; });
    sessions = {id_or_prefix};
  }
  if (!found.empty() && (newest || sessions.size() == 1)) {
    if (!newest) {
      std::stable_partition(found.begin(), found.end(), [](const auto& set) { return is_of_mount(set.id); });
    }
    const auto fitting = std::find_if(found.rbegin(), found.rend(), [wanted](const auto& set) { return has_any(set, wanted); });
    return fitting != found.rend() ? *fitting : found.back();
  }
  const std::string whose = !newest          ? " of a session \"" + escape_untrusted(id_or_prefix, 64) + "\""
                            : project.empty() ? ""
                                              : " of " + escape_untrusted(project, 200);
  throw Error(ErrorKind::usage,
              found.empty() ? "there are no changes" + whose
                            : "more than one session begins with \"" + escape_untrusted(id_or_prefix, 64) + "\"",
              known_sets(sets));
}

void ChangeStore::save(const ChangeSet& set) const { write_file_atomically(directory_ / set.id / "changes", change_set_text(set)); }

void ChangeStore::prune_live(std::size_t most_sessions) const {
  std::set<std::string> seen;
  const auto sets = list();
  for (auto set = sets.rbegin(); set != sets.rend(); ++set) {
    if (set->origin != ChangeSet::Origin::live) {
      continue;
    }
    const std::string session = session_of(set->id);
    if (seen.contains(session) || seen.size() < most_sessions) {
      seen.insert(session);
    } else {
      discard(set->id);
    }
  }
}

void ChangeStore::discard(const std::string& id) const { remove_as_a_whole(directory_ / id); }

void ChangeStore::remove_unfinished() const { remove_leftovers(directory_); }

FileLock ChangeStore::lock() const {
  make_directories(directory_);
  return FileLock::acquire(directory_ / ".apply.lock", LockMode::exclusive);
}

}  // namespace agentbox
