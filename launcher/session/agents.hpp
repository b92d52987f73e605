// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/image_context.hpp"
#include "session/application.hpp"

#include <string>
#include <vector>

/// Which agents are installed, in which base images; and newer versions of them.
namespace agentbox {

struct RunPlan;

/// An agent in a base image that is built.
struct InstalledAgent {
  std::string base;
  std::string version;  ///< as it told when it was installed; may be empty
  std::string created;  ///< RFC 3339: when the image was built
};
/// The one that `agentbox AGENT` uses comes first.
std::vector<InstalledAgent> installations(const AgentProfile& agent, const Application& application);

struct UpdatedAgent {
  std::string agent;
  std::string base;
  std::string before;  ///< versions; may be empty
  std::string after;
};
/// Builds every image that has one of these agents anew, with today's version (or the one that config.yaml asks for);
/// parents first, so that what stands on them has it, too. Running sessions are not touched. No names: all that are
/// installed. Throws Error{usage} for an agent that is not installed; what ensure_base() throws.
std::vector<UpdatedAgent> update_agents(const std::vector<std::string>& names, const ImageContext& context);

/// Whether this run would have to install its agent first.
bool must_install(const RunPlan& plan, const Application& application);

/// The layers in which `base` gets these agents, each in one of its own, so that one's update does not touch the
/// others; those that it has already are left out. "dev+claude", "dev+codex".
std::vector<std::string> agent_layers(const std::string& base, const std::vector<std::string>& agents,
                                      const Catalog& catalog);

/// The base that an agent runs in: base itself where it has the agent or there is nothing to install, else its layer
/// upon it.
std::string base_with_agent(const std::string& base, const AgentProfile& agent, const Catalog& catalog);

}  // namespace agentbox
