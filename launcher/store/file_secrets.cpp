// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/file_secrets.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/guarded_read.hpp"

#include <algorithm>
#include <system_error>

namespace agentbox {

namespace {

namespace fs = std::filesystem;

constexpr const char* scoped_folder = "scoped";
constexpr const char* scope_file = "scope";

/// A scope as text: the id of a secret with this name, which no directory of ours holds.
SecretId scope_id(const SecretScope& scope) { return {.name = "SCOPE", .scope = scope}; }

fs::path folder_of(const fs::path& directory, const SecretScope& scope) {
  if (scope == SecretScope{}) return directory;
  return directory / scoped_folder / sha256_hex(to_text(scope_id(scope))).substr(0, 32);
}

fs::path path_of(const fs::path& directory, const SecretId& id) {
  if (!is_secret_name(id.name)) {  // also what keeps a name from leading out of the directory
    throw Error(ErrorKind::internal, "\"" + escape_untrusted(id.name, 64) + "\" is not the name of a secret");
  }
  return folder_of(directory, id.scope) / id.name;
}

void make_private_directory(const fs::path& directory) {
  make_directories(directory);
  std::error_code error;  // an older directory may have been made by hand
  fs::permissions(directory, fs::perms::owner_all, error);
  if (error) throw system_error(error.value(), "cannot make " + escape_untrusted(directory.native()) + " private");
}

/// symlink_status: a dangling link is there, and is refused by whoever reads it.
bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

std::vector<fs::path> entries_of(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error))
    found.push_back(entry->path());
  if (error && error != std::errc::no_such_file_or_directory)
    throw system_error(error.value(), "cannot list " + escape_untrusted(directory.native()));
  std::sort(found.begin(), found.end());
  return found;
}

void add_ids(const fs::path& folder, const SecretScope& scope, std::vector<SecretId>& ids) {
  for (const fs::path& entry : entries_of(folder)) {
    if (is_secret_name(entry.filename().native())) ids.push_back({.name = entry.filename(), .scope = scope});
  }
}

/// The scope that a folder of DIRECTORY/scoped is for. None: not ours, or half made by one that was killed.
std::optional<SecretScope> scope_of(const fs::path& folder) {
  if (!is_there(folder / scope_file)) return std::nullopt;
  const auto id = parse_secret_id(read_private_file(folder / scope_file, ByteSize(longest_secret)));
  return id ? std::optional(id->scope) : std::nullopt;
}

}  // namespace

FileSecrets::FileSecrets(fs::path directory) : directory_(std::move(directory)) {}

void FileSecrets::set(const SecretId& id, const SecretText& value) {
  const fs::path path = path_of(directory_, id);
  make_private_directory(directory_);
  if (id.scope != SecretScope{}) {
    make_private_directory(directory_ / scoped_folder);
    make_private_directory(path.parent_path());
    write_file_atomically(path.parent_path() / scope_file, to_text(scope_id(id.scope)), 0600);
  }
  write_file_atomically(path, value.view(), 0600);
}

std::optional<SecretText> FileSecrets::get(const SecretId& id) const {
  const fs::path path = path_of(directory_, id);
  if (!is_there(path)) return std::nullopt;
  require_unshared_directory(path.parent_path());
  const SecretText content = read_private_secret(path, ByteSize(longest_secret + 1));
  std::string_view value = content.view();
  if (value.ends_with('\n')) value.remove_suffix(1);  // written by hand, with an editor
  if (const auto objection = objection_to_secret(value); !objection.empty()) {
    throw Error(ErrorKind::environment, "the value of the secret " + id.name + " " + std::string(objection),
                "Set it again: agentbox secret set " + to_arguments(id));
  }
  return SecretText(value);
}

bool FileSecrets::contains(const SecretId& id) const { return is_there(path_of(directory_, id)); }

std::vector<SecretId> FileSecrets::list() const {
  std::vector<SecretId> ids;
  add_ids(directory_, {}, ids);
  for (const fs::path& folder : entries_of(directory_ / scoped_folder)) {
    if (const auto scope = scope_of(folder)) add_ids(folder, *scope, ids);
  }
  return ids;
}

bool FileSecrets::remove(const SecretId& id) {
  const fs::path path = path_of(directory_, id);
  std::error_code error;
  const bool removed = fs::remove(path, error);
  if (error) throw system_error(error.value(), "cannot remove " + escape_untrusted(path.native()));
  std::vector<SecretId> left;
  add_ids(path.parent_path(), id.scope, left);
  if (id.scope != SecretScope{} && left.empty()) remove_tree(path.parent_path());
  return removed;
}

}  // namespace agentbox
