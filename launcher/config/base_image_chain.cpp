// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/base_image_chain.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace agentbox {
namespace {

/// Runs action; an unknown name in a file is the file's mistake, not the command line's.
template <class Action>
auto located(const Reference& reference, Action action) {
  try {
    return action();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    throw error_at(reference.place, error.what(), error.hint());
  }
}

class Resolver {
 public:
  Resolver(const std::function<BaseImageFile(const std::string&)>& load,
           const std::function<void(const std::string&)>& check_agent)
      : load_(load), check_agent_(check_agent) {}

  BaseImage resolve(const std::string& name) {
    const std::vector<std::string> parts = split(name, '+');
    return parts.size() == 1 ? defined(name) : derived(parts);
  }

 private:
  BaseImage derived(const std::vector<std::string>& parts) {
    std::vector<std::string> agents(parts.begin() + 1, parts.end());
    std::sort(agents.begin(), agents.end());
    agents.erase(std::unique(agents.begin(), agents.end()), agents.end());
    for (const std::string& agent : agents) check_agent_(agent);
    const BaseImage parent = defined(parts[0]);
    BaseImage image;
    image.name = parent.name + "+" + join(agents, "+");
    image.description = fmt::format("{} with {}", parent.name, join(agents, ", "));
    image.from = parent.name;
    image.agents = std::move(agents);
    image.user = parent.user;
    image.definition = parent.definition;
    return image;
  }

  BaseImage defined(const std::string& name) {
    BaseImageFile file = load_(name);
    for (const Reference& agent : file.agents) located(agent, [&] { check_agent_(agent.name); });
    if (!file.from) return file.image;
    path_.push_back(name);
    check_cycle(*file.from);
    const BaseImage parent = located(*file.from, [&] { return resolve(file.from->name); });
    path_.pop_back();
    file.image.from = parent.name;
    if (file.user && file.user->name != parent.user)
      throw error_at(
          file.user->place,
          fmt::format("the user is \"{}\", but that of \"{}\" is \"{}\"", file.user->name, parent.name, parent.user),
          "leave the key out: a layer has the user of its parent");
    file.image.user = parent.user;
    return file.image;
  }

  void check_cycle(const Reference& from) const {
    const std::string parent = split(from.name, '+')[0];
    const auto begin = std::find(path_.begin(), path_.end(), parent);
    if (begin == path_.end()) return;
    std::vector<std::string> cycle(begin, path_.end());
    cycle.push_back(parent);
    throw error_at(from.place, fmt::format("the base images form a circle: {}", join(cycle, " -> ")));
  }

  const std::function<BaseImageFile(const std::string&)>& load_;
  const std::function<void(const std::string&)>& check_agent_;
  std::vector<std::string> path_;  // the definitions on the way to the current one
};

}  // namespace

BaseImage resolve_base_image(const std::string& name, const std::function<BaseImageFile(const std::string&)>& load,
                             const std::function<void(const std::string&)>& check_agent) {
  return Resolver(load, check_agent).resolve(name);
}

}  // namespace agentbox
