// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/aftermath.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "session/guarding.hpp"
#include "store/aside.hpp"
#include "store/session_store.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// What live sessions leave for undo: each at most ImageLimits::text_bytes and what runs by itself.
constexpr std::size_t most_live_sets = 20;

constexpr const char* lock_name = "lock";

fs::path place_of(const std::string& session, const Application& application) { return application.directories.data / "before" / session; }

void make_image(const fs::path& place, const ChangeSet& about, const GuardRules& rules) {
  const BlobStore blobs(place / "blobs");
  const ProjectImage image =
      image_of(Beneath(about.project), about.project, Guard(rules_of(about.project, rules)), blobs, ImageLimits{});
  // Last and as a whole: without it there was no command yet.
  write_file_atomically(place / "image", image_text(image, about));
}

std::set<std::string> names_in_image(const ProjectImage& image) {
  std::set<std::string> names;
  for (const auto& [path, state] : image.files) {
    names.insert(path);
  }
  return names;
}

}  // namespace

BeforeImage::BeforeImage(const RunPlan& plan, const std::string& session, const Application& application) {
  if (plan.workspace != WorkspaceMode::live) {
    return;
  }
  const fs::path place = place_of(session, application);
  make_directories(place / "blobs");
  lock_ = FileLock::acquire(place / lock_name, LockMode::exclusive);
  const ChangeSet about{.id = session, .agent = plan.label, .project = plan.project.string(), .created = {}, .odd = {}, .changes = {}};
  made_ = std::async(std::launch::async, [place, about, rules = plan.guard] { make_image(place, about, rules); });
}

void BeforeImage::await() {
  if (made_.valid()) {
    made_.get();
  }
}

Aftermath aftermath_of_live(const std::string& session, Afterwards afterwards, const Application& application) {
  Aftermath result;
  const fs::path place = place_of(session, application);
  try {
    const auto text = read_file_if_exists(place / "image", ByteSize::gibibytes(1));
    if (text) {
      ChangeSet about;
      const ProjectImage before = parse_image(*text, about);
      about.origin = ChangeSet::Origin::live;
      const BlobStore blobs(place / "blobs");
      const ImageLimits no_texts{.text_files = 0};
      const Beneath project(about.project);
      // The rules do not matter: nothing but what was looked at before, and what runs by itself.
      const ProjectImage after = image_of(project, about.project, Guard(GuardRules{}), blobs, no_texts, names_in_image(before));
      result.leftovers = leftovers_between(before, after, blobs);
      about.changes = changes_between(before, after, blobs);
      result.undoable = about.changes.size();
      if (!about.changes.empty()) {
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
        store.prune_live(most_live_sets);
      }
    }
  } catch (const Error& error) {
    result.problem = error.what();
  }
  if (afterwards == Afterwards::session_ends) {
    remove_as_a_whole(place);
  }
  return result;
}

Aftermath aftermath_of_changes(const BroughtOut& changes, const Application& application) {
  Aftermath result;
  if (changes.state != BroughtOut::State::stored || changes.id.empty()) {
    return result;
  }
  try {
    const ChangeStore store = change_store(application);
    result.leftovers = leftovers_in(store.find(changes.id, ""), store.blobs_of(changes.id));
  } catch (const Error& error) {
    result.problem = error.what();
  }
  return result;
}

void tell_aftermath_of_others(const Application& application) {
  const auto left = names_in(application.directories.data / "before");
  if (left.empty()) {
    return;
  }
  const auto sessions = SessionStore(application.directories.state / "sessions").list();
  for (const auto& id : left) {
    const bool there = std::any_of(sessions.begin(), sessions.end(), [&](const auto& one) { return one.live && one.record.id == id; });
    const fs::path place = place_of(id, application);
    const auto lock = there ? std::nullopt : FileLock::try_acquire(place / lock_name, LockMode::exclusive);
    if (lock) {
      const std::string text = aftermath_text(aftermath_of_live(id, Afterwards::session_ends, application), id);
      if (!text.empty()) {
        application.progress.note("Of session " + id + ", which did not come to its end here:\n" + text);
      }
    }
  }
}

std::string aftermath_text(const Aftermath& aftermath, const std::string& session) {
  constexpr std::size_t most_lines = 12;
  std::string text;
  if (!aftermath.problem.empty()) {
    text += "agentbox: what session " + session + " has left in the project could not be looked at: " + aftermath.problem + "\n";
  }
  if (!aftermath.leftovers.empty()) {
    text += "agentbox: look at these before you work in the project; they can run by themselves, or lead elsewhere:\n";
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

}  // namespace agentbox
