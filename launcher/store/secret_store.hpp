// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// Secrets by the name of the variable that agents expect them in (ANTHROPIC_API_KEY, ...): DATA/secrets/NAME, each a
/// file of mode 0600 in a directory of mode 0700. No message of this class ever holds a value.
class SecretStore {
 public:
  explicit SecretStore(std::filesystem::path directory);

  /// Throws Error{usage} for a name that is no variable's; for whoever asks for a value next.
  static void require_name(const std::string& name);

  /// Replaces an earlier value. Throws Error{usage} for a name that is no variable's, and for a value that is empty or
  /// holds a newline or NUL (a pasted key with its line end, say), which no environment or header could carry.
  void set(const std::string& name, const std::string& value);
  /// No value when it is not set. Throws Error{environment} when the file is not private: see read_private_file().
  [[nodiscard]] std::optional<std::string> get(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;  ///< sorted
  /// False when it was not set.
  bool remove(const std::string& name);

 private:
  std::filesystem::path directory_;
};

}  // namespace agentbox
