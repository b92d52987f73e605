// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "config/catalog.hpp"

namespace agentbox {

/// A disk made from nothing but Debian packages, by mmdebstrap on the host.
struct DebianRoot {
  std::string release;
  std::vector<std::string> packages;  ///< of all definitions in the chain, sorted
};

/// A disk that starts as a vendor's image.
struct CloudRoot {
  CloudImageSource image;
};

/// An overlay on another base's disk.
struct ParentBase {
  std::string name;
};

/// How one base image is made, with its `from:` chain folded in. A pure value.
///
/// Definitions that only name Debian packages and files fold into one mmdebstrap run, which is ten times faster than
/// apt inside an emulated VM. A definition that only adds agents and steps to such a chain becomes an overlay on its
/// parent, so that several of them share the parent's disk.
struct LayerPlan {
  std::string name;
  std::variant<DebianRoot, CloudRoot, ParentBase> root;
  std::vector<std::string> packages;  ///< to install with apt inside the VM
  std::vector<ImageFile> files;
  std::vector<AgentProfile> agents;
  std::vector<ProvisionStep> steps;
  std::vector<std::string> all_agents;  ///< with those of the parents
  std::string user;
  ByteSize size;
  /// SHA-256 of everything above, with the parents' digests and the files that set a guest up: a build whose digest differs
  /// from this one is stale.
  std::string digest;

  /// Must a VM be booted to finish this layer?
  [[nodiscard]] bool needs_provisioning() const;
};

/// Throws Error{config} for unknown or circular definitions.
LayerPlan plan_layer(const Catalog& catalog, const std::string& base_name);

}  // namespace agentbox
