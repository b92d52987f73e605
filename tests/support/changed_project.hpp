// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "sys/files.hpp"
#include "sys/temp_dir.hpp"
#include "workspace/changes/apply.hpp"
#include "workspace/changes/change_reader.hpp"
#include "workspace/changes/project_index.hpp"
#include "workspace/changes/propose.hpp"

/// A project that a session has changed, without a VM: what a guest says is an archive that the test makes.
namespace agentbox::test {

/// An archive as a guest might make it.
class Archive {
 public:
  Archive() : handle_(archive_write_new()) {
    archive_write_set_format_pax(handle_);
    archive_write_add_filter_none(handle_);
    archive_write_open(handle_, &bytes_, nullptr, [](archive*, void* target, const void* data, std::size_t size) {
      static_cast<std::string*>(target)->append(static_cast<const char*>(data), size);
      return static_cast<la_ssize_t>(size);
    }, nullptr);
  }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() { archive_write_free(handle_); }

  Archive& file(const std::string& name, const std::string& content = {}, unsigned mode = 0644) { return add(name, AE_IFREG, mode, content, {}, {}); }
  Archive& directory(const std::string& name) { return add(name, AE_IFDIR, 0755, {}, {}, {}); }
  Archive& link(const std::string& name, const std::string& target) { return add(name, AE_IFLNK, 0777, {}, target, {}); }
  Archive& hard_link(const std::string& name, const std::string& target) { return add(name, AE_IFREG, 0644, {}, {}, target); }
  Archive& add(const std::string& name, unsigned type, unsigned mode, const std::string& content, const std::string& target,
               const std::string& hard_link) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, mode);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    if (!target.empty()) {
      archive_entry_set_symlink(entry, target.c_str());
    }
    if (!hard_link.empty()) {
      archive_entry_set_hardlink(entry, hard_link.c_str());
    }
    archive_write_header(handle_, entry);
    archive_write_data(handle_, content.data(), content.size());
    archive_entry_free(entry);
    return *this;
  }
  std::string end() {
    file("end");
    archive_write_close(handle_);
    return bytes_;
  }

 private:
  std::string bytes_;
  archive* handle_;
};

inline BlobStore::Source source(const std::string& bytes) {
  return [&bytes, at = std::size_t{0}](char* buffer, std::size_t size) mutable {
    const std::size_t count = std::min(size, bytes.size() - at);
    std::memcpy(buffer, bytes.data() + at, count);
    at += count;
    return count;
  };
}

/// Everything in a directory: kind, mode and content by path. Links are not followed.
inline std::map<std::string, std::string> tree_of(const std::filesystem::path& directory) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> tree;
  for (fs::recursive_directory_iterator entry(directory), end; entry != end; ++entry) {
    const std::string path = entry->path().lexically_relative(directory).string();
    struct stat status {};
    ::lstat(entry->path().c_str(), &status);
    if (S_ISLNK(status.st_mode)) {
      tree[path] = "link " + fs::read_symlink(entry->path()).string();
    } else {
      tree[path] = (S_ISDIR(status.st_mode) ? "directory " : "file ") + std::to_string(status.st_mode & 0777U) +
                   (S_ISREG(status.st_mode) ? " " + read_file(entry->path()) : "");
    }
  }
  return tree;
}

struct ChangedProject {
  TempDir directory{std::filesystem::temp_directory_path()};
  std::filesystem::path project = directory.path() / "project";
  ChangeStore store{directory.path() / "changes"};
  ProjectIndex index;
  ChangedProject() { std::filesystem::create_directory(project); }

  void write(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories((project / path).parent_path());
    std::ofstream(project / path) << content;
  }
  [[nodiscard]] std::string read(const std::string& path) const { return read_file(project / path); }
  [[nodiscard]] std::map<std::string, std::string> tree() const { return tree_of(project); }

  // What was written a moment ago counts as changed: the clock has to go on before the index is made.
  void settle() {
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(25)) {
      ::getppid();
    }
    index = ProjectIndex::of(Beneath(project));
  }
  [[nodiscard]] ChangeSet propose(const std::string& archive, const std::string& id = "run-x") const {
    const ChangeSet about{.id = id, .agent = "run", .project = project.string(), .created = {}, .odd = {}, .changes = {}};
    const auto known = store.known_states(id);
    return store.create(about, [&](ChangeSet& set, const BlobStore& blobs, const std::filesystem::path&) {
      add_changes(read_changes(source(archive), blobs, {}), index, known, Beneath(project), blobs, set);
    });
  }
  [[nodiscard]] ApplyResult apply(const ChangeSet& set, const std::vector<std::string>& paths = {}) const {
    return apply_changes(store, set, ApplyDirection::forward, paths);
  }
  [[nodiscard]] ApplyResult undo(const ChangeSet& set) const { return apply_changes(store, set, ApplyDirection::undo, {}); }
};

}  // namespace agentbox::test
