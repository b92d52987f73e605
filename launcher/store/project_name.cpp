// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/project_name.hpp"

#include "sys/files.hpp"

namespace agentbox {

std::string project_name(const std::filesystem::path& project) {
  constexpr std::size_t digest_digits = 16;
  constexpr std::size_t longest_label = 40;
  std::string label;
  for (const char character : project.filename().string()) {
    const bool plain = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
                       (character >= '0' && character <= '9') || character == '-' || character == '_';
    label += plain ? character : '_';
  }
  return label.substr(0, longest_label) + "-" + sha256_hex(project.native()).substr(0, digest_digits);
}

}  // namespace agentbox
