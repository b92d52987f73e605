// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "config/yaml/reader.hpp"
#include "sys/files.hpp"

#include <fmt/format.h>

namespace agentbox {

std::string read_definition(const std::filesystem::path& file) {
  const YamlPlace place{std::make_shared<const std::string>(file.string())};
  std::error_code failure;
  // Opening a fifo would wait for ever.
  if (!std::filesystem::is_regular_file(file, failure)) throw error_at(place, "this is not a readable regular file");
  const auto size = std::filesystem::file_size(file, failure);
  if (!failure && size > YamlLimits::bytes)
    throw error_at(place, fmt::format("the file has {} bytes, more than {}", size, YamlLimits::bytes));
  return read_file(file, ByteSize(YamlLimits::bytes));
}

}  // namespace agentbox
