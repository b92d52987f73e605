// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0

// agentbox-disk SIZE mapped|true: shows a project to a QEMU as a read-only disk of that many bytes (docs/decisions/0078), with its files'
// owners as QEMU's room shows them, or as they are.
//
// Descriptors: 3, a socket to QEMU; 4, which project, and what of it is hidden. It ends with QEMU.

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <string_view>

#include "core/error.hpp"
#include "disk/nbd.hpp"
#include "disk/process/lockdown.hpp"
#include "disk/project_disk.hpp"
#include "disk/socket_client.hpp"
#include "disk/tree_disk.hpp"
#include "guard/trees.hpp"
#include "sys/files.hpp"

namespace {

using namespace agentbox;

constexpr ByteSize longest_rules = ByteSize::mebibytes(64);

std::uint64_t parse_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), size);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) {
    throw Error(ErrorKind::internal, "the disk's size is no number");
  }
  return size;
}

Owners parse_owners(std::string_view text) {
  if (text != mapped_owners && text != true_owners) {
    throw Error(ErrorKind::internal, "whose are the files?");
  }
  return text == mapped_owners ? Owners::as_in_the_room : Owners::as_they_are;
}

void run(std::uint64_t size, Owners owners) {
  const auto trees = parse_guarded_trees(read_to_end(disk_rules_fd, "the rules", longest_rules));
  if (trees.size() != 1) {
    throw Error(ErrorKind::internal, "a disk shows one project");
  }
  const Beneath project(trees.front().path);
  const Guard guard(trees.front().rules);
  lock_down(trees.front().path);
  SocketClient qemu(disk_socket_fd);
  NbdServer server(qemu, size);
  if (!server.negotiate()) {
    return;
  }
  // QEMU starts meanwhile, and does not wait: the first to read is the guest.
  TreeDisk disk(project, read_tree(project, guard, owners), size);
  server.serve([&](std::uint64_t offset, std::span<char> out) { return disk.read(offset, out); });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) {
      throw Error(ErrorKind::internal, "it is started by agentbox alone");
    }
    run(parse_size(argv[1]), parse_owners(argv[2]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "agentbox-disk: %s\n", error.what());
    return 1;
  }
}
