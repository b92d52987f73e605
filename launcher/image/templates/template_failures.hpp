// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/templates/template_key.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// Keys whose templates did not become machines that run, in TEMPLATES/.failures/. One failure is the fault of a file,
/// and a new template mends it; when that fails, too, the next one would, after another minute of everybody's time.
class TemplateFailures {
 public:
  explicit TemplateFailures(const std::filesystem::path& templates);

  enum class Verdict { try_again, give_up };
  /// Once more for this key.
  Verdict note(const TemplateKey& key, const std::string& reason) const;
  /// A fork of it runs.
  void forget(const TemplateKey& key) const;
  /// Why no template is to be made or used for this key: the last reason. For a day after the second failure in a row:
  /// what was the matter may have been the machine's load or lack of memory.
  [[nodiscard]] std::optional<std::string> given_up(const TemplateKey& key,
                                                    std::chrono::system_clock::time_point now) const;
  /// The reasons for all keys that are given up now.
  [[nodiscard]] std::vector<std::string> all_given_up(std::chrono::system_clock::time_point now) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace agentbox
