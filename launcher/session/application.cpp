// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/application.hpp"

#include "vm/qemu/confinement.hpp"

namespace agentbox {

Application Application::open(Progress& progress) {
  Directories directories = Directories::from_environment();
  ShippedFiles shipped = ShippedFiles::locate();
  Catalog catalog(directories.config, shipped.definitions);
  UserConfig user_config = catalog.user_config();
  return {.directories = std::move(directories),
          .shipped = std::move(shipped),
          .catalog = std::move(catalog),
          .user_config = std::move(user_config),
          .progress = progress};
}

ImageContext Application::image_context(Confinement confinement, ImageContext::HostCa host_ca) const {
  return {.catalog = catalog,
          .directories = directories,
          .shipped = shipped,
          .user_config = user_config,
          .qemu = find_qemu(user_config.qemu, directories.cache),
          .confinement = choose_confinement(confinement),
          .host_ca = host_ca,
          .progress = progress};
}

}  // namespace agentbox
