// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/change_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "core/error.hpp"
#include "core/text.hpp"
#include "store/aside.hpp"
#include "store/strict_json.hpp"
#include "sys/files.hpp"

// changes: fields, each ended by NUL (names are bytes): the magic, id, agent, project, created, how many odd paths, they, how many
// changes, and for each of them path, meanwhile, state, and twice (before, after) kind, mode, size, digest, target; how many paths were
// left out, and for each of them path and number of files; at last "end".

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* set_magic = "agentbox changes 2";
constexpr std::string_view kinds = "-fdlo";  // in the order of NodeState::Kind

[[noreturn]] void damaged() { throw Error(ErrorKind::environment, "the record of changes was damaged"); }

void put_field(std::string& text, std::string_view field) { (text += field) += '\0'; }

void put_state(std::string& text, const NodeState& state) {
  put_field(text, kinds.substr(static_cast<std::size_t>(state.kind), 1));
  put_field(text, std::to_string(state.mode));
  put_field(text, std::to_string(state.size));
  put_field(text, state.digest);
  put_field(text, state.target);
}

class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}
  std::string text() {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) {
      damaged();
    }
    std::string field(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return field;
  }
  std::uint64_t number() {
    const std::string field = text();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc{} || end != field.data() + field.size()) {
      damaged();
    }
    return value;
  }
  std::size_t choice(std::string_view letters) {
    const std::string field = text();
    const auto at = field.size() == 1 ? letters.find(field) : std::string_view::npos;
    if (at == std::string_view::npos) {
      damaged();
    }
    return at;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

NodeState read_state(FieldReader& fields) {
  NodeState state;
  state.kind = static_cast<NodeState::Kind>(fields.choice(kinds));
  state.mode = static_cast<unsigned>(fields.number());
  state.size = fields.number();
  state.digest = fields.text();
  state.target = fields.text();
  return state;
}

void sync_file_system(const fs::path& path) {
  const UniqueFd fd = open_directory(path);
  if (::syncfs(fd.get()) != 0) {
    throw system_error("cannot write " + path.string() + " to the disk");
  }
}

std::string known_sets(const std::vector<ChangeSet>& sets) {
  std::vector<std::string> ids;
  for (const auto& set : sets) {
    ids.push_back(set.id);
  }
  return ids.empty() ? "No changes wait for review." : "There are changes of: " + join(ids, ", ");
}

}  // namespace

std::string change_set_text(const ChangeSet& set) {
  std::string text;
  for (const auto& field : {std::string(set_magic), set.id, set.agent, set.project, set.created, std::to_string(set.odd.size())}) {
    put_field(text, field);
  }
  for (const auto& path : set.odd) {
    put_field(text, path);
  }
  put_field(text, std::to_string(set.changes.size()));
  for (const auto& change : set.changes) {
    put_field(text, change.path);
    put_field(text, change.meanwhile == Change::Meanwhile::changed ? "c" : "u");
    put_field(text, change.state == Change::State::applied ? "a" : "o");
    put_state(text, change.before);
    put_state(text, change.after);
  }
  put_field(text, std::to_string(set.left_out.size()));
  for (const auto& left : set.left_out) {
    put_field(text, left.path);
    put_field(text, std::to_string(left.files));
  }
  put_field(text, "end");
  return text;
}

ChangeSet parse_change_set(std::string_view text) {
  FieldReader fields(text);
  if (fields.text() != set_magic) {
    damaged();
  }
  ChangeSet set{.id = fields.text(), .agent = fields.text(), .project = fields.text(), .created = fields.text(), .odd = {}, .changes = {}};
  for (auto count = fields.number(); count > 0; --count) {
    set.odd.push_back(fields.text());
  }
  for (auto count = fields.number(); count > 0; --count) {
    Change change{.path = fields.text(), .before = {}, .after = {}};
    change.meanwhile = fields.choice("uc") == 1 ? Change::Meanwhile::changed : Change::Meanwhile::unchanged;
    change.state = fields.choice("oa") == 1 ? Change::State::applied : Change::State::open;
    change.before = read_state(fields);
    change.after = read_state(fields);
    set.changes.push_back(std::move(change));
  }
  for (auto count = fields.number(); count > 0; --count) {
    std::string path = fields.text();
    set.left_out.push_back({.path = std::move(path), .files = fields.number()});
  }
  if (fields.text() != "end" || !fields.at_end()) {
    damaged();
  }
  return set;
}

ChangeSet ChangeStore::create(ChangeSet about,
                              const std::function<void(ChangeSet&, const BlobStore&, const fs::path&)>& fill) const {
  make_directories(directory_);
  AsideDirectory aside(directory_);
  about.created = utc_timestamp();
  const BlobStore blobs(aside.path() / "blobs");
  make_directories(aside.path() / "blobs");
  fill(about, blobs, aside.path());
  if (about.changes.empty() && about.odd.empty()) {
    return about;
  }
  write_file_atomically(aside.path() / "changes", change_set_text(about));
  sync_file_system(aside.path());
  if (!aside.move_to(about.id)) {
    // An earlier look at the same session. It may only go when this one is whole, and not when some of it was applied.
    const ChangeSet earlier = parse_change_set(read_file(directory_ / about.id / "changes", ByteSize::gibibytes(1)));
    if (count_open(earlier) != earlier.changes.size()) {
      about.id += "+" + random_hex(2);
      write_file_atomically(aside.path() / "changes", change_set_text(about));
    } else {
      remove_as_a_whole(directory_ / about.id);
    }
    if (!aside.move_to(about.id)) {
      throw Error(ErrorKind::environment, "the changes of session " + about.id + " cannot be stored: something is in the way");
    }
  }
  sync_path(directory_);
  return about;
}

std::vector<std::string> ChangeStore::ids() const { return names_in(directory_); }

std::vector<ChangeSet> ChangeStore::list() const {
  std::vector<ChangeSet> sets;
  for (const auto& id : ids()) {
    try {
      sets.push_back(parse_change_set(read_file(directory_ / id / "changes", ByteSize::gibibytes(1))));
    } catch (const Error&) {
      continue;  // discarded while we looked, or damaged; find() says which
    }
  }
  std::stable_sort(sets.begin(), sets.end(), [](const auto& a, const auto& b) { return a.created < b.created; });
  return sets;
}

bool ChangeStore::has(const std::string& id) const { return ::access((directory_ / id / "changes").c_str(), F_OK) == 0; }

ChangeSet ChangeStore::find(const std::string& id_or_prefix, const std::string& project, Newest wanted) const {
  const auto sets = list();
  const bool newest = id_or_prefix.empty() || id_or_prefix == "last";
  std::vector<ChangeSet> found;
  for (const auto& set : sets) {
    if (set.id == id_or_prefix) {
      return set;
    }
    if (newest ? (project.empty() || set.project == project) : set.id.starts_with(id_or_prefix)) {
      found.push_back(set);
    }
  }
  if (newest && !found.empty()) {
    const auto fits = [wanted](const auto& set) {
      return wanted == Newest::open ? count_open(set) > 0 : count_open(set) < set.changes.size();
    };
    const auto fitting = std::find_if(found.rbegin(), found.rend(), fits);
    return fitting != found.rend() ? *fitting : found.back();
  }
  if (found.size() == 1) {
    return found.front();
  }
  throw Error(ErrorKind::usage,
              found.empty() ? "there are no changes" + (newest ? std::string() : " of a session \"" + escape_untrusted(id_or_prefix, 64) + "\"")
                            : "more than one session begins with \"" + escape_untrusted(id_or_prefix, 64) + "\"",
              known_sets(sets));
}

void ChangeStore::save(const ChangeSet& set) const { write_file_atomically(directory_ / set.id / "changes", change_set_text(set)); }

void ChangeStore::discard(const std::string& id) const { remove_as_a_whole(directory_ / id); }

FileLock ChangeStore::lock() const {
  make_directories(directory_);
  return FileLock::acquire(directory_ / ".apply.lock", LockMode::exclusive);
}

}  // namespace agentbox
