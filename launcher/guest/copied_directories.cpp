// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/copied_directories.hpp"

#include "guest/copy_tree.hpp"
#include "guest/fail.hpp"
#include "guest/file_descriptor.hpp"
#include "guest/merge_tree.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace agentbox::guest {
namespace {

namespace fs = std::filesystem;
using Kept = GuestPlan::Prepare::Copies::Kept;

struct Note {
  std::vector<Kept> kept;
  std::vector<std::string> came;  ///< the files of what is merged, relative to the copies
};

// Entries end in NUL, as names may hold anything else: a letter for what it is, and the name.
constexpr char merged_letter = 'm';
constexpr char whole_letter = 'w';
constexpr char came_letter = 'c';

Note read_note(const std::string& path) {
  Note note;
  std::ifstream file(path, std::ios::binary);
  for (std::string entry; std::getline(file, entry, '\0');) {
    const std::string name = entry.substr(1);
    if (entry[0] == came_letter) {
      note.came.push_back(name);
    } else {
      note.kept.push_back({.name = name, .how = entry[0] == whole_letter ? Kept::How::whole : Kept::How::merged});
    }
  }
  return note;
}

void write_note(const std::string& path, const Note& note) {
  std::string text;
  const auto add = [&](char letter, const std::string& name) { text += letter + name + '\0'; };
  for (const auto& kept : note.kept) {
    add(kept.how == Kept::How::whole ? whole_letter : merged_letter, kept.name);
  }
  for (const auto& name : note.came) {
    add(came_letter, name);
  }
  write_file(path, text, 0600);
}

void list_files(const fs::path& directory, const fs::path& top, std::vector<std::string>& files) {
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.symlink_status().type() == fs::file_type::regular) {
      files.push_back(entry.path().lexically_relative(top));
    }
  }
}

bool is_directory(const std::string& path) { return fs::symlink_status(path).type() == fs::file_type::directory; }
bool is_there(const std::string& path) { return fs::symlink_status(path).type() != fs::file_type::not_found; }

}  // namespace

void CopiedDirectories::take(const GuestPlan::Prepare::Copies& copies, const User& user) const {
  if (is_there(to_)) {
    keep();
    fs::remove_all(to_);
  }
  for (const auto& kept : copies.kept) {
    finish_replacing(from_ + "/" + kept.name);
  }
  fs::create_directories(fs::path(to_).parent_path());
  copy_tree(from_, to_, user);
  Note note{.kept = copies.kept, .came = {}};
  for (const auto& kept : copies.kept) {
    if (kept.how == Kept::How::merged) {
      list_files(to_ + "/" + kept.name, to_, note.came);
    }
  }
  write_note(note_, note);
}

void CopiedDirectories::keep() const {
  const Note note = read_note(note_);
  for (const auto& kept : note.kept) {
    const std::string here = to_ + "/" + kept.name;
    const std::string there = from_ + "/" + kept.name;
    if (is_directory(here) && is_directory(there)) {
      kept.how == Kept::How::whole ? replace_tree(here, there) : merge_tree(here, there);
    }
  }
  for (const auto& name : note.came) {
    if (!is_there(to_ + "/" + name)) {
      ::unlink((from_ + "/" + name).c_str());
    }
  }
}

}  // namespace agentbox::guest
