// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/secret_id.hpp"
#include "core/secret_text.hpp"
#include "store/file_secrets.hpp"
#include "store/keyring.hpp"

namespace agentbox {

/// All keys that `agentbox secret set` has stored: DATA/secrets, and the keyring. Which ids are in the keyring stands in
/// DATA/secrets/keyring (names and scopes, no values). So a run whose key is elsewhere never touches the keyring, which may
/// be slow, locked, or ask for a dialog; and one whose key is there is told when it cannot be had, instead of
/// quietly getting another one.
///
/// An id is in one place at most: set() removes it from the other. Writers take turns by a lock.
class SecretStore {
 public:
  enum class Place { keyring, file };
  struct Entry {
    SecretId id;
    Place place;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  explicit SecretStore(std::filesystem::path directory, Keyring keyring = Keyring());

  /// Throws Error{usage} for a name that is no variable's; for whoever asks for a value next.
  static void require_name(const std::string& name);

  /// Replaces an earlier value. Throws Error{usage} for a name that is no variable's, and for a value that is empty or
  /// holds a line end or NUL (a pasted key with its line end, say); Error{environment} when the store does not take it.
  struct Stored {
    Place place;
    std::string left_behind;  ///< why an older value still is in the keyring, where nothing uses it any more; mostly empty
  };
  Stored set(const SecretId& id, const SecretText& value, SecretStoreChoice choice);
  /// Where set() would put a key now. Asks the keyring for SecretStoreChoice::automatic.
  struct Choice {
    Place place;
    std::string reason;  ///< why not the keyring; empty when it is, or when nobody asked
  };
  [[nodiscard]] Choice choose(SecretStoreChoice choice) const;

  /// Does not ask the keyring.
  [[nodiscard]] std::optional<Entry> find(const SecretId& id) const;
  /// Of an entry that find() or list() has told. Throws Error{environment} when the value cannot be had.
  [[nodiscard]] SecretText get(const Entry& entry) const;
  /// Sorted by name, then by scope. Does not ask the keyring.
  [[nodiscard]] std::vector<Entry> list() const;
  /// False when it was not set.
  bool remove(const SecretId& id);

 private:
  Stored set_in_keyring(const SecretId& id, const SecretText& value, std::vector<SecretId> ids);
  Stored set_in_file(const SecretId& id, const SecretText& value, std::vector<SecretId> ids);
  [[nodiscard]] std::vector<SecretId> ids_in_keyring() const;
  void write_ids_in_keyring(const std::vector<SecretId>& ids) const;

  std::filesystem::path directory_;
  FileSecrets files_;
  Keyring keyring_;
};

}  // namespace agentbox
