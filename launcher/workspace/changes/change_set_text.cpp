// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/change_set_text.hpp"

#include "workspace/changes/record.hpp"

// Fields (record.hpp): the magic, which tells the origin, id, agent, project, created, how many odd paths, they, how many changes, and for each of them path,
// meanwhile, state, the states before and after, and with "p" (partly) the state in between; "commits", how many, and for each of them
// where, ref, commit, parent; "left", how many, and for each of them path and number of files; "closed", how many, and they; "big", how many,
// and they; at last "end". Of lists that are empty there is no word.

namespace agentbox {
namespace {

constexpr const char* set_magic = "agentbox changes 1";
constexpr const char* live_magic = "agentbox live changes 1";
constexpr std::string_view state_letters = "oapb";  // in the order of Change::State
constexpr std::string_view where_letters = "nc";    // in the order of MadeCommit::Where

void put_change(std::string& text, const Change& change) {
  put_field(text, change.path);
  put_field(text, change.meanwhile == Change::Meanwhile::changed ? "c" : "u");
  put_field(text, state_letters.substr(static_cast<std::size_t>(change.state), 1));
  put_state(text, change.before);
  put_state(text, change.after);
  if (change.state == Change::State::partly) {
    put_state(text, change.part);
  }
}

Change read_change(FieldReader& fields) {
  Change change;
  change.path = fields.text();
  change.meanwhile = fields.choice("uc") == 1 ? Change::Meanwhile::changed : Change::Meanwhile::unchanged;
  change.state = static_cast<Change::State>(fields.choice(state_letters));
  change.before = fields.state();
  change.after = fields.state();
  if (change.state == Change::State::partly) {
    change.part = fields.state();
  }
  return change;
}

MadeCommit read_commit(FieldReader& fields) {
  MadeCommit commit;
  commit.where = static_cast<MadeCommit::Where>(fields.choice(where_letters));
  commit.ref = fields.text();
  commit.commit = fields.text();
  commit.parent = fields.text();
  return commit;
}

void put_paths(std::string& text, const std::string& word, const std::vector<std::string>& paths) {
  if (!paths.empty()) {
    put_field(text, word);
    put_field(text, std::to_string(paths.size()));
    for (const auto& path : paths) {
      put_field(text, path);
    }
  }
}

// word: the one that was read last.
void read_paths(FieldReader& fields, std::string& word, const std::string& wanted, std::vector<std::string>& paths) {
  if (word == wanted) {
    for (auto count = fields.number(); count > 0; --count) {
      paths.push_back(fields.text());
    }
    word = fields.text();
  }
}

}  // namespace

std::string change_set_text(const ChangeSet& set) {
  std::string text;
  const std::string magic = set.origin == ChangeSet::Origin::live ? live_magic : set_magic;
  for (const auto& field : {magic, set.id, set.agent, set.project, set.created, std::to_string(set.odd.size())}) {
    put_field(text, field);
  }
  for (const auto& path : set.odd) {
    put_field(text, path);
  }
  put_field(text, std::to_string(set.changes.size()));
  for (const auto& change : set.changes) {
    put_change(text, change);
  }
  if (!set.commits.empty()) {
    put_field(text, "commits");
    put_field(text, std::to_string(set.commits.size()));
    for (const auto& commit : set.commits) {
      put_field(text, where_letters.substr(static_cast<std::size_t>(commit.where), 1));
      put_field(text, commit.ref);
      put_field(text, commit.commit);
      put_field(text, commit.parent);
    }
  }
  if (!set.left_out.empty()) {
    put_field(text, "left");
    put_field(text, std::to_string(set.left_out.size()));
    for (const auto& left : set.left_out) {
      put_field(text, left.path);
      put_field(text, std::to_string(left.files));
    }
  }
  put_paths(text, "closed", set.closed);
  put_paths(text, "big", set.too_big);
  put_field(text, "end");
  return text;
}

ChangeSet parse_change_set(std::string_view text) {
  FieldReader fields(text);
  const std::string magic = fields.text();
  if (magic != set_magic && magic != live_magic) {
    damaged_record();
  }
  ChangeSet set{.id = fields.text(), .agent = fields.text(), .project = fields.text(), .created = fields.text(), .odd = {}, .changes = {}};
  set.origin = magic == live_magic ? ChangeSet::Origin::live : ChangeSet::Origin::review;
  for (auto count = fields.number(); count > 0; --count) {
    set.odd.push_back(fields.text());
  }
  for (auto count = fields.number(); count > 0; --count) {
    set.changes.push_back(read_change(fields));
  }
  std::string word = fields.text();
  if (word == "commits") {
    for (auto count = fields.number(); count > 0; --count) {
      set.commits.push_back(read_commit(fields));
    }
    word = fields.text();
  }
  if (word == "left") {
    for (auto count = fields.number(); count > 0; --count) {
      std::string path = fields.text();
      set.left_out.push_back({.path = std::move(path), .files = fields.number()});
    }
    word = fields.text();
  }
  read_paths(fields, word, "closed", set.closed);
  read_paths(fields, word, "big", set.too_big);
  if (word != "end" || !fields.at_end()) {
    damaged_record();
  }
  return set;
}

}  // namespace agentbox
