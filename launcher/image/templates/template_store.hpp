// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/user_config.hpp"
#include "image/templates/machine_template.hpp"
#include "image/templates/template_failures.hpp"
#include "sys/file_lock.hpp"
#include "sys/temp_dir.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace agentbox {

/// A template that nobody removes for as long as this lives.
struct LeasedTemplate {
  MachineTemplate machine;
  FileLock lease;
};

/// What templates are kept for, besides running sessions.
struct TemplateNeeds {
  std::vector<std::filesystem::path> directories;  ///< of templates on whose disk something stands
  std::vector<std::filesystem::path> live_builds;  ///< base builds that sessions start from
};

struct RemovedTemplate {
  std::filesystem::path directory;
  std::string reason;  ///< "not used for 31 days"
};

/// TEMPLATES/ on disk. A template's directory is named by its key and a random word, and never moves: disks of
/// snapshots stand on its disk, by path.
class TemplateStore {
 public:
  explicit TemplateStore(std::filesystem::path directory);

  /// The template for a key, if a whole and unchanged one is there; its last use is now. One whose files are not what
  /// its manifest says is put into quarantine and counts as missing; on_damage hears what is wrong with it.
  [[nodiscard]] std::optional<LeasedTemplate> take(const TemplateKey& key,
                                                   const std::function<void(const std::string&)>& on_damage = {}) const;
  /// Those that have a manifest, by name; nothing else is checked.
  [[nodiscard]] std::vector<MachineTemplate> list() const;
  /// True when a session runs from it.
  [[nodiscard]] static bool leased(const std::filesystem::path& directory);

  [[nodiscard]] std::optional<FileLock> try_lock(const TemplateKey& key) const;
  [[nodiscard]] FileLock lock(const TemplateKey& key) const;
  /// The key's lock must be held.
  [[nodiscard]] TempDir begin(const TemplateKey& key) const;
  /// greeting: see MachineTemplate.
  MachineTemplate publish(TempDir aside, const TemplateKey& key, const std::optional<std::string>& greeting) const;

  /// Takes a template out of use for good: it did not restore, or does not match its manifest. Who leases it goes on.
  static void quarantine(const MachineTemplate& machine, const std::string& reason);
  [[nodiscard]] TemplateFailures failures() const { return TemplateFailures(directory_); }

  /// False, and nothing done, when a session runs from it.
  [[nodiscard]] static bool remove(const std::filesystem::path& directory);
  /// Removes templates that nobody leases or needs: that are in quarantine or cannot be read, whose base build is gone,
  /// which were not used for long, of which there are too many. Of those in quarantine whose disk is needed only the
  /// disk stays. Also removes what killed builds left (gigabytes of RAM file), which is not reported.
  std::vector<RemovedTemplate> remove_unused(const TemplateNeeds& needs, const TemplateLimits& limits) const;

 private:
  [[nodiscard]] std::vector<std::filesystem::path> directories() const;
  void remove_interrupted() const;
  std::filesystem::path directory_;
};

}  // namespace agentbox
