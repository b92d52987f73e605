// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "image/base/base_store.hpp"
#include "image/base/guest_archive.hpp"
#include "image/base/layer_plan.hpp"
#include "image/image_context.hpp"

namespace agentbox {

/// Downloads the image (kept in the cache by its digest), checks its sha512, boots it once by its own boot loader with a
/// NoCloud seed that lets us in, runs our setup in it, and takes kernel and initrd out. Leaves disk.qcow2, vmlinuz and
/// initrd in directory; fills build.disk and build.root_device. Throws Error{environment|backend}.
void build_cloud_root(const CloudRoot& root, const LayerPlan& plan, const std::vector<ArchiveEntry>& entries,
                      BaseBuild& build, const std::string& private_key, const std::string& public_key,
                      const std::filesystem::path& directory, const ImageContext& context);

}  // namespace agentbox
