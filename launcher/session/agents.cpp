// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/agents.hpp"

#include "core/error.hpp"
#include "image/base/base_builder.hpp"
#include "image/base/layer_plan.hpp"
#include "session/run_plan.hpp"

#include <algorithm>

namespace agentbox {
namespace {

BaseStore bases_of(const Directories& directories) { return BaseStore(directories.data / "bases"); }

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string version_in(const BaseBuild& build, const std::string& agent) {
  const auto found = build.versions.find(agent);
  return found == build.versions.end() ? std::string() : found->second;
}

// How many layers lie below it.
int depth(const std::string& base, const Catalog& catalog) {
  const LayerPlan plan = plan_layer(catalog, base);
  const auto* parent = std::get_if<ParentBase>(&plan.root);
  return parent == nullptr ? 0 : 1 + depth(parent->name, catalog);
}

// Builds that have one of the agents, parents first. One whose definition is gone cannot be built anew.
std::vector<BaseBuild> builds_with(const std::vector<std::string>& agents, const ImageContext& context) {
  std::vector<std::pair<int, BaseBuild>> builds;
  for (auto& build : bases_of(context.directories).list()) {
    const bool has_one = std::any_of(build.agents.begin(), build.agents.end(),
                                     [&](const std::string& agent) { return contains(agents, agent); });
    if (!has_one) {
      continue;
    }
    try {
      const int at = depth(build.name, context.catalog);
      builds.emplace_back(at, std::move(build));
    } catch (const Error& error) {
      context.progress.note("Base \"" + build.name + "\" stays as it is: " + error.what());
    }
  }
  std::stable_sort(builds.begin(), builds.end(),
                   [](const auto& one, const auto& other) { return one.first < other.first; });
  std::vector<BaseBuild> sorted;
  for (auto& [at, build] : builds) {
    sorted.push_back(std::move(build));
  }
  return sorted;
}

}  // namespace

std::string base_with_agent(const std::string& base, const AgentProfile& agent, const Catalog& catalog) {
  return agent.install.empty() || contains(plan_layer(catalog, base).all_agents, agent.name) ? base
                                                                                             : base + "+" + agent.name;
}

std::vector<std::string> agent_layers(const std::string& base, const std::vector<std::string>& agents,
                                      const Catalog& catalog) {
  std::vector<std::string> layers;
  for (const auto& name : agents) {
    const std::string layer = base_with_agent(base, catalog.agent(name), catalog);
    if (!contains(layers, layer)) {
      layers.push_back(layer);
    }
  }
  return layers;
}

std::vector<InstalledAgent> installations(const AgentProfile& agent, const Application& application) {
  std::vector<InstalledAgent> found;
  const std::string own = agent.base + "+" + agent.name;
  for (const auto& build : bases_of(application.directories).list()) {
    if (contains(build.agents, agent.name)) {
      const auto place = build.name == own ? found.begin() : found.end();
      found.insert(place, {.base = build.name, .version = version_in(build, agent.name), .created = build.created});
    }
  }
  return found;
}

std::vector<UpdatedAgent> update_agents(const std::vector<std::string>& names, const ImageContext& context) {
  std::vector<std::string> installed;
  for (const auto& build : bases_of(context.directories).list()) {
    installed.insert(installed.end(), build.agents.begin(), build.agents.end());
  }
  for (const auto& name : names) {
    static_cast<void>(context.catalog.agent(name));  // throws for a name that is none
    if (!contains(installed, name)) {
      throw Error(ErrorKind::usage, name + " is not installed", "agentbox " + name + " installs it");
    }
  }
  std::vector<UpdatedAgent> updated;
  for (const auto& before : builds_with(names.empty() ? installed : names, context)) {
    const BaseBuild after = ensure_base(before.name, Rebuild::always, context);
    for (const auto& agent : after.agents) {
      if (names.empty() || contains(names, agent)) {
        updated.push_back({.agent = agent,
                           .base = after.name,
                           .before = version_in(before, agent),
                           .after = version_in(after, agent)});
      }
    }
  }
  return updated;
}

bool must_install(const RunPlan& plan, const Application& application) {
  const bool own_layer = plan.kind == RunKind::agent && plan.base.ends_with("+" + plan.label);
  return own_layer && !plan.resume_snapshot && !bases_of(application.directories).current(plan.base);
}

}  // namespace agentbox
