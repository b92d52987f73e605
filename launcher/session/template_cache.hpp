// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/templates/template_builder.hpp"
#include "session/application.hpp"
#include "session/run_plan.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// Templates as a cache that a user can look into (docs/templates.md).
namespace agentbox {

struct TemplateInfo {
  std::string name;  ///< of its directory
  std::string base;
  MachineTemplate machine;
  std::chrono::system_clock::time_point last_use;
  std::uint64_t bytes = 0;            ///< allocated on disk
  std::vector<std::string> sessions;  ///< that run from it
  enum class State { ready, other_qemu, old_base, damaged, quarantined } state = State::ready;
  std::string detail;  ///< why it is not ready; empty when it is
};
std::string to_string(TemplateInfo::State state);

/// "2 CPUs, 2 GiB, tcg"
std::string describe_machine(const TemplateKey& key);

/// Newest use first. Looks at each one's files.
std::vector<TemplateInfo> list_templates(const Application& application);

/// By name or by a beginning that no other has. Throws Error{usage} for another one, for one that a session runs from,
/// and for one on whose disk a snapshot or a session stands.
void remove_template(const std::string& name, const Application& application);

/// Makes the template that a session with this request would be forked from, unless it is there; its base, too. Another
/// attempt is made even if earlier ones failed. request: its kind, agent, base, policy, cpus, memory, disk, confinement
/// and host_ca count.
struct Prewarmed {
  std::string name;
  EnsuredTemplate::Came came;
};
Prewarmed prewarm_template(const RunRequest& request, const Application& application);

/// Removes those that nobody needs and that were not used for long, or are too many.
std::vector<RemovedTemplate> expire_templates(const Application& application);

}  // namespace agentbox
