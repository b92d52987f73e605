// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/devices.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace agentbox::guest {

std::string find_device(const DeviceClass& kind, const std::string& value) {
  std::error_code missing;
  for (const auto& device : std::filesystem::directory_iterator(kind.directory, missing)) {
    std::string found;
    if (std::getline(std::ifstream(device.path() / kind.attribute), found) && found == value) {
      return "/dev/" + device.path().filename().string();
    }
  }
  return {};
}

}  // namespace agentbox::guest
