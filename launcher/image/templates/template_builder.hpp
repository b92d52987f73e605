// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "image/base/base_store.hpp"
#include "image/image_context.hpp"
#include "image/templates/template_store.hpp"

namespace agentbox {

/// The machine that a session wants, as far as a template must know it.
struct MachineRequest {
  BaseBuild base;
  MachineShape shape;
  ByteSize disk;
  NetworkDevice network = UserNetwork{};  ///< the kind of card; a WireNetwork's socket is filled in by start_machine()
};

TemplateKey template_key(const MachineRequest& request, const ImageContext& context);

/// The template for a request (key: of that), leased; makes it first (one cold boot) when there is none. Whoever comes meanwhile waits. One that
/// is damaged is not used; the user is told, and another is made. Throws Error, Interrupted; leaves nothing half-made.
struct EnsuredTemplate {
  LeasedTemplate leased;
  enum class Came { found, made } came = Came::found;
};
EnsuredTemplate ensure_template(const MachineRequest& request, const TemplateKey& key, const ImageContext& context);

/// The QEMU description of a fork of the template with the given top disk.
VmSpec fork_spec(const MachineRequest& request, const MachineTemplate& machine, const std::filesystem::path& overlay,
                 const ImageContext& context);

/// The same machine, booted cold from a disk chain (top first).
VmSpec cold_spec(const MachineRequest& request, const std::vector<DiskLayer>& disk, const ImageContext& context);

}  // namespace agentbox
