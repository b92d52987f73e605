// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/secret_id.hpp"
#include "core/secret_text.hpp"

namespace agentbox {

/// Keys in files of mode 0600: DIRECTORY/NAME for those that count everywhere, DIRECTORY/scoped/DIGEST/NAME for the
/// others, beside a file "scope" that says which scope the digest stands for. All directories have mode 0700. Names in
/// ids must be is_secret_name(). No message of this class ever holds a value.
class FileSecrets {
 public:
  explicit FileSecrets(std::filesystem::path directory);

  /// Replaces an earlier value. The value must pass objection_to_secret().
  void set(const SecretId& id, const SecretText& value);
  /// No value when it is not set. Throws Error{environment} when the file, or its directory, is not ours alone: see
  /// read_private_file().
  [[nodiscard]] std::optional<SecretText> get(const SecretId& id) const;
  /// Whether something is there; get() may still refuse it.
  [[nodiscard]] bool contains(const SecretId& id) const;
  [[nodiscard]] std::vector<SecretId> list() const;  ///< those of one scope are sorted by name
  /// False when it was not set.
  bool remove(const SecretId& id);

 private:
  std::filesystem::path directory_;
};

}  // namespace agentbox
