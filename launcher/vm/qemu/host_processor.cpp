// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "sys/files.hpp"
#include "vm/qemu/probe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace agentbox {

std::string host_processor() {
  // One read of a page: the kernel then tells of the first processors only, and asks no other for its frequency.
  std::array<char, 4096> page;
  const UniqueFd file = open_file("/proc/cpuinfo", O_RDONLY);
  const ssize_t count = ::read(file.get(), page.data(), page.size());
  const std::string_view text(page.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  std::string processor;
  for (const auto& line : split(text.substr(0, text.find("\n\n")), '\n')) {
    if (!line.starts_with("cpu MHz") && !line.starts_with("bogomips")) {
      processor += line + "\n";
    }
  }
  return processor;
}

}  // namespace agentbox
