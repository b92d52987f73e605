// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/catalog.hpp"
#include "core/progress.hpp"
#include "image/image_context.hpp"
#include "store/directories.hpp"

namespace agentbox {

/// What every command starts from: where things are and what the user configured. Made once by the command line.
struct Application {
  Directories directories;
  ShippedFiles shipped;
  Catalog catalog;
  UserConfig user_config;
  Progress& progress;

  /// Reads the environment and config.yaml. Throws Error{config|environment}.
  static Application open(Progress& progress);

  /// For image work. Finds QEMU; throws Error{environment} when it is missing.
  [[nodiscard]] ImageContext image_context(Confinement confinement, ImageContext::HostCa host_ca) const;
};

}  // namespace agentbox
