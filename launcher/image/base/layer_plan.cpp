// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/layer_plan.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

using nlohmann::json;

constexpr ByteSize default_size = ByteSize::gibibytes(20);

// Leaf first, root last.
std::vector<BaseImage> chain_of(const Catalog& catalog, const std::string& name) {
  std::vector<BaseImage> chain{catalog.base_image(name)};
  while (!chain.back().from.empty()) {
    chain.push_back(catalog.base_image(chain.back().from));
    constexpr std::size_t depth_limit = 16;
    if (chain.size() > depth_limit) {
      throw Error(ErrorKind::config, "base image \"" + name + "\" is layered more than 16 deep, or in a circle",
                  "look at the `from:` keys, starting in " + chain.front().definition.string());
    }
  }
  return chain;
}

bool only_packages_and_files(const BaseImage& image) { return image.agents.empty() && image.provision.empty(); }

bool is_pure_debian(const std::vector<BaseImage>& chain, std::size_t from) {
  return chain.back().debian.has_value() &&
         std::all_of(chain.begin() + static_cast<std::ptrdiff_t>(from), chain.end(), only_packages_and_files);
}

std::vector<std::string> packages_of(const std::vector<BaseImage>& chain) {
  std::set<std::string> names;
  for (const auto& image : chain) {
    names.insert(image.packages.begin(), image.packages.end());
  }
  return {names.begin(), names.end()};
}

// Root first, so that a child's file replaces its parent's.
std::vector<ImageFile> files_of(const std::vector<BaseImage>& chain) {
  std::vector<ImageFile> files;
  for (auto image = chain.rbegin(); image != chain.rend(); ++image) {
    files.insert(files.end(), image->files.begin(), image->files.end());
  }
  return files;
}

/// What sets up every root file system, whatever its definition says; a newer agentbox may bring another.
std::string guest_files_digest(const Catalog& catalog) {
  const auto guest = catalog.shipped_directory() / "base-images" / "guest";
  std::string digests;
  for (const char* name : {"init", "setup.sh"}) {
    if (std::filesystem::exists(guest / name)) {  // definitions of a test have none
      digests += sha512_hex_of_file(guest / name);
    }
  }
  return digests;
}

std::string digest_of(const LayerPlan& plan, const std::string& parent_digest, const Catalog& catalog) {
  json value = {{"name", plan.name},       {"packages", plan.packages},      {"user", plan.user},
                {"size", plan.size.bytes()}, {"parent", parent_digest},      {"files", json::array()},
                {"agents", json::array()}, {"steps", json::array()}};
  if (const auto* debian = std::get_if<DebianRoot>(&plan.root)) {
    value["debian"] = {debian->release, debian->packages};
  } else if (const auto* cloud = std::get_if<CloudRoot>(&plan.root)) {
    value["cloud"] = cloud->image.sha512;
  }
  if (!std::holds_alternative<ParentBase>(plan.root)) {
    value["guest"] = guest_files_digest(catalog);
  }
  for (const auto& file : plan.files) {
    const std::string content = file.content ? *file.content : sha512_hex_of_file(file.source);
    value["files"].push_back({file.path, content, file.mode, file.owner});
  }
  for (const auto& agent : plan.agents) {
    value["agents"].push_back({agent.name, install_steps(agent), agent.verify});
  }
  for (const auto& step : plan.steps) {
    value["steps"].push_back({step.run, step.as_root});
  }
  // File contents and scripts are bytes, not always UTF-8.
  return sha256_hex(value.dump(-1, ' ', true, json::error_handler_t::replace));
}

}  // namespace

bool LayerPlan::needs_provisioning() const {
  return !std::holds_alternative<DebianRoot>(root) || !packages.empty() || !agents.empty() || !steps.empty();
}

LayerPlan plan_layer(const Catalog& catalog, const std::string& base_name) {
  const std::vector<BaseImage> chain = chain_of(catalog, base_name);
  const BaseImage& leaf = chain.front();

  LayerPlan plan;
  plan.name = base_name;
  plan.user = leaf.user;
  plan.size = default_size;
  for (const auto& image : chain) {
    if (image.size) {
      plan.size = *image.size;
      break;
    }
  }
  for (const auto& agent : leaf.agents) {
    plan.agents.push_back(catalog.agent(agent));
  }
  for (auto image = chain.rbegin(); image != chain.rend(); ++image) {
    plan.all_agents.insert(plan.all_agents.end(), image->agents.begin(), image->agents.end());
  }
  plan.steps = leaf.provision;

  std::string parent_digest;
  const bool adds_debian_parts = !leaf.packages.empty() || !leaf.files.empty();
  if (leaf.cloud_image) {
    plan.root = CloudRoot{*leaf.cloud_image};
    plan.packages = leaf.packages;
    plan.files = leaf.files;
  } else if (leaf.debian || (adds_debian_parts && is_pure_debian(chain, 1))) {
    plan.root = DebianRoot{chain.back().debian->release, packages_of(chain)};
    plan.files = files_of(chain);
  } else {
    plan.root = ParentBase{leaf.from};
    plan.packages = leaf.packages;
    plan.files = leaf.files;
    parent_digest = plan_layer(catalog, leaf.from).digest;
  }
  plan.digest = digest_of(plan, parent_digest, catalog);
  return plan;
}

}  // namespace agentbox
