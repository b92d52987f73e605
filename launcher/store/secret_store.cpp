// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/secret_store.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/file_lock.hpp"
#include "sys/files.hpp"
#include "sys/guarded_read.hpp"

#include <algorithm>
#include <tuple>

namespace agentbox {
namespace {

constexpr const char* index_file = "keyring";
constexpr const char* lock_file = "lock";

FileLock lock(const std::filesystem::path& directory) {
  make_directories(directory);
  return FileLock::acquire(directory / lock_file, LockMode::exclusive);
}

bool holds(const std::vector<SecretId>& ids, const SecretId& id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

}  // namespace

SecretStore::SecretStore(std::filesystem::path directory, Keyring keyring)
    : directory_(std::move(directory)), files_(directory_), keyring_(keyring) {}

void SecretStore::require_name(const std::string& name) {
  if (!is_secret_name(name)) {
    throw Error(ErrorKind::usage, "\"" + escape_untrusted(name, 64) + "\" is not the name of a secret",
                "A secret has the name of the environment variable that the agent reads, such as ANTHROPIC_API_KEY.");
  }
}

SecretStore::Choice SecretStore::choose(SecretStoreChoice choice) const {
  if (choice == SecretStoreChoice::file) return {Place::file, {}};
  const auto problem = keyring_.problem();
  if (!problem) return {Place::keyring, {}};
  if (choice == SecretStoreChoice::automatic) return {Place::file, *problem};
  throw Error(ErrorKind::environment, "there is no keyring to keep keys in: " + *problem,
              "Or keep them in files that only you can read: --store file");
}

SecretStore::Stored SecretStore::set(const SecretId& id, const SecretText& value, SecretStoreChoice choice) {
  require_name(id.name);
  if (const auto objection = objection_to_secret(value.view()); !objection.empty())
    throw Error(ErrorKind::usage, "the value of " + id.name + " " + std::string(objection));
  const Place place = choose(choice).place;
  const FileLock turn = lock(directory_);
  std::vector<SecretId> ids = ids_in_keyring();
  return place == Place::keyring ? set_in_keyring(id, value, std::move(ids)) : set_in_file(id, value, std::move(ids));
}

SecretStore::Stored SecretStore::set_in_keyring(const SecretId& id, const SecretText& value, std::vector<SecretId> ids) {
  keyring_.set(id, value);
  // Killed here, we leave an item too many, which the next set() replaces.
  if (!holds(ids, id)) ids.push_back(id);
  write_ids_in_keyring(ids);
  files_.remove(id);
  return {Place::keyring, {}};
}

SecretStore::Stored SecretStore::set_in_file(const SecretId& id, const SecretText& value, std::vector<SecretId> ids) {
  files_.set(id, value);
  if (!holds(ids, id)) return {Place::file, {}};
  std::erase(ids, id);
  write_ids_in_keyring(ids);
  // A keyring that cannot be reached is a reason to use a file, so it must not be in the way of that.
  try {
    keyring_.remove(id);
    return {Place::file, {}};
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    return {Place::file, error.what()};
  }
}

std::optional<SecretStore::Entry> SecretStore::find(const SecretId& id) const {
  require_name(id.name);
  if (holds(ids_in_keyring(), id)) return Entry{id, Place::keyring};
  if (files_.contains(id)) return Entry{id, Place::file};
  return std::nullopt;
}

SecretText SecretStore::get(const Entry& entry) const {
  if (entry.place == Place::keyring) return keyring_.get(entry.id);
  auto value = files_.get(entry.id);
  if (!value) throw Error(ErrorKind::environment, "the stored key " + entry.id.name + " has just been removed");
  return std::move(*value);
}

std::vector<SecretStore::Entry> SecretStore::list() const {
  std::vector<Entry> entries;
  for (SecretId& id : ids_in_keyring()) entries.push_back({std::move(id), Place::keyring});
  for (SecretId& id : files_.list()) entries.push_back({std::move(id), Place::file});
  const auto rank = [](const Entry& entry) {
    return std::tie(entry.id.name, entry.id.scope.project, entry.id.scope.agent, entry.place);
  };
  std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
  return entries;
}

bool SecretStore::remove(const SecretId& id) {
  require_name(id.name);
  const FileLock turn = lock(directory_);
  std::vector<SecretId> ids = ids_in_keyring();
  const bool in_keyring = holds(ids, id);
  if (in_keyring) {
    keyring_.remove(id);
    std::erase(ids, id);
    write_ids_in_keyring(ids);
  }
  return files_.remove(id) || in_keyring;
}

std::vector<SecretId> SecretStore::ids_in_keyring() const {
  std::vector<SecretId> ids;
  std::error_code error;
  const auto path = directory_ / index_file;
  if (std::filesystem::symlink_status(path, error).type() == std::filesystem::file_type::not_found) return ids;
  for (const std::string& line : split(read_private_file(path, ByteSize::mebibytes(1)), '\n')) {
    if (auto id = parse_secret_id(line)) {
      ids.push_back(std::move(*id));
    } else if (!line.empty()) {
      throw Error(ErrorKind::environment, escape_untrusted(path.native()) + " is not a list of keys",
                  "Remove it, and store the keys again that were in the keyring.");
    }
  }
  return ids;
}

void SecretStore::write_ids_in_keyring(const std::vector<SecretId>& ids) const {
  std::string text;
  for (const SecretId& id : ids) text += to_text(id) + "\n";
  const auto path = directory_ / index_file;
  if (!text.empty() || std::filesystem::exists(path)) write_file_atomically(path, text, 0600);
}

}  // namespace agentbox
