// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/aftermath.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/before_image.hpp"
#include "store/aside.hpp"
#include "store/session_store.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// What they leave for undo: for each directory at most ImageLimits::text_bytes and what runs by itself.
constexpr std::size_t most_live_sessions = 20;

std::set<std::string> names_in_image(const ProjectImage& image) {
  std::set<std::string> names;
  for (const auto& [path, state] : image.files) {
    names.insert(path);
  }
  return names;
}

// What the image knew, against what is there; what can be put back is stored.
void hold_against(const KeptImage& kept, Aftermath& result, const Application& application) {
  ChangeSet about;
  const ProjectImage before = parse_image(read_file(kept.place / image_name, ByteSize::gibibytes(1)), about);
  about.id = kept.id;
  about.origin = ChangeSet::Origin::live;
  result.directory = about.project;
  const BlobStore blobs = BlobStore::packed(kept.place / blobs_name);
  const ImageLimits no_texts{.text_files = 0};
  const Beneath directory(about.project);
  // The rules do not matter: nothing but what was looked at before, and what runs by itself.
  const ProjectImage after = image_of(directory, about.project, Guard(GuardRules{}), blobs, no_texts, names_in_image(before));
  result.leftovers = leftovers_between(before, after, blobs);
  about.changes = changes_between(before, after, blobs);
  if (about.changes.empty()) {
    return;
  }
  const ChangeStore store = change_store(application);
  const ChangeSet stored = store.create(about, [&](ChangeSet& set, const BlobStore& into, const fs::path&) {
    for (const auto& change : set.changes) {
      for (const auto* state : {&change.before, &change.after}) {
        if (state->kind == NodeState::Kind::file && blobs.has(state->digest) && !into.has(state->digest)) {
          const UniqueFd content = blobs.open(state->digest);
          static_cast<void>(into.put_file(content.get(), change.path));
        }
      }
    }
  });
  result.undo = stored.id;
  store.prune_live(most_live_sessions);
}

std::string text_of(const Aftermath& aftermath, const std::string& session) {
  constexpr std::size_t most_lines = 12;
  const std::string where = aftermath.of == Aftermath::Of::project ? "the project" : escape_untrusted(aftermath.directory, 200);
  std::string text;
  if (!aftermath.problem.empty()) {
    text += "agentbox: what session " + session + " has left in " + where + " could not be looked at: " + aftermath.problem + "\n";
  }
  if (!aftermath.leftovers.empty()) {
    text += "agentbox: look at these before you work in " + where + "; they can run by themselves, or lead elsewhere:\n";
  }
  for (std::size_t i = 0; i < std::min(aftermath.leftovers.size(), most_lines); ++i) {
    const auto& [path, what, by] = aftermath.leftovers[i];
    text += "  " + escape_untrusted(path, 200) + ": " + what + (by.empty() ? "" : " (" + by + ")") + "\n";
  }
  if (aftermath.leftovers.size() > most_lines) {
    text += "  and " + std::to_string(aftermath.leftovers.size() - most_lines) + " more\n";
  }
  if (!aftermath.leftovers.empty() && !aftermath.undo.empty()) {
    text += "  agentbox diff " + aftermath.undo + " shows them, agentbox undo " + aftermath.undo + " puts back what was there\n";
  }
  return text;
}

bool has_something_to_say(const Aftermath& aftermath) { return !aftermath.leftovers.empty() || !aftermath.problem.empty(); }

}  // namespace

std::vector<Aftermath> aftermath_of_directories(const std::string& session, Afterwards afterwards, const Application& application) {
  std::vector<Aftermath> results;
  const fs::path place = before_images(session, application);
  for (const auto& kept : kept_images(place, session)) {
    Aftermath& result = results.emplace_back();
    result.of = is_of_mount(kept.id) ? Aftermath::Of::mount : Aftermath::Of::project;
    try {
      hold_against(kept, result, application);
    } catch (const Error& error) {
      result.problem = error.what();
    }
  }
  std::reverse(results.begin(), results.end());
  if (afterwards == Afterwards::session_ends) {
    remove_as_a_whole(place);
  }
  return results;
}

Aftermath aftermath_of_changes(const BroughtOut& changes, const std::string& project, const Application& application) {
  Aftermath result{.directory = project};
  if (changes.state != BroughtOut::State::stored || changes.id.empty()) {
    return result;
  }
  try {
    const ChangeStore store = change_store(application);
    result.leftovers = leftovers_in(store.load(changes.id), store.blobs_of(changes.id));
  } catch (const Error& error) {
    result.problem = error.what();
  }
  return result;
}

bool left_something(const std::vector<Aftermath>& aftermaths) {
  return std::any_of(aftermaths.begin(), aftermaths.end(), has_something_to_say);
}

void tell_aftermath_of_others(const Application& application) {
  const auto left = sessions_with_images(application);
  if (left.empty()) {
    return;
  }
  const auto sessions = SessionStore(application.directories.state / "sessions").list();
  for (const auto& id : left) {
    const bool there = std::any_of(sessions.begin(), sessions.end(), [&](const auto& one) { return one.live && one.record.id == id; });
    const auto lock = there ? std::nullopt : take_images(before_images(id, application));
    if (lock) {
      const std::string text = aftermath_text(aftermath_of_directories(id, Afterwards::session_ends, application), id);
      if (!text.empty()) {
        application.progress.note("Of session " + id + ", which did not come to its end here:\n" + text);
      }
    }
  }
}

std::string aftermath_text(const std::vector<Aftermath>& aftermaths, const std::string& session) {
  std::string text;
  for (const auto& aftermath : aftermaths) {
    text += text_of(aftermath, session);
  }
  return text;
}

}  // namespace agentbox
