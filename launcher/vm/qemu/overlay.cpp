// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/unique_fd.hpp"
#include "vm/qemu/machine.hpp"
#include "vm/qemu/qcow2.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace agentbox {
namespace {

std::string first_bytes(const std::filesystem::path& path, std::size_t count) {
  const UniqueFd file = open_file(path, O_RDONLY);
  std::string bytes(count, '\0');
  const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  if (got < 0) {
    throw system_error("cannot read " + escape_untrusted(path.native()));
  }
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

ByteSize virtual_size_of(const DiskLayer& layer) {
  if (layer.format == DiskLayer::Format::raw) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(layer.path, failure);
    if (failure) {
      throw system_error(failure.value(), "cannot read the size of " + escape_untrusted(layer.path.native()));
    }
    return ByteSize(size);
  }
  try {
    return qcow2_virtual_size(first_bytes(layer.path, 104));
  } catch (const Error& error) {
    throw Error(error.kind(), escape_untrusted(layer.path.native()) + ": " + error.what());
  }
}

}  // namespace

void create_overlay(const std::filesystem::path& overlay, const DiskLayer& backing, std::optional<ByteSize> size) {
  const DiskLayer named{std::filesystem::absolute(backing.path), backing.format};
  const ByteSize own = virtual_size_of(named);
  const std::string image = empty_qcow2_overlay(named, std::max(own, size.value_or(own)));
  const UniqueFd file = open_file(overlay, O_WRONLY | O_CREAT | O_EXCL, 0600);
  write_all(file.get(), image);
}

}  // namespace agentbox
