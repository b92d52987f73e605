// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// What a QEMU that its guest has taken over says to agentbox-disk. Nothing outside of the disk is ever read, and what is answered is no longer
// than what was asked for.
#include "disk/nbd.hpp"

#include "support/check.hpp"

#include <cstring>

using namespace agentbox;
using fuzz::check;

namespace {

constexpr std::uint64_t disk_size = 1 << 16;

struct Client : NbdClient {
  std::string_view says;
  std::size_t heard = 0;

  bool receive(std::span<char> out) override {
    if (says.empty()) return false;
    if (says.size() < out.size()) throw Error(ErrorKind::environment, "cut");
    std::memcpy(out.data(), says.data(), out.size());
    says.remove_prefix(out.size());
    return true;
  }
  void send(std::string_view bytes) override { heard += bytes.size(); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  Client client;
  client.says = fuzz::text_of(data, size);
  std::size_t read = 0;
  fuzz::parses_or_throws([&] {
    NbdServer server(client, disk_size);
    if (!server.negotiate()) return 0;
    server.serve([&](std::uint64_t offset, std::span<char> out) {
      check(offset <= disk_size && out.size() <= disk_size - offset);
      read += out.size();
      return (offset & 1) == 0;
    });
    return 0;
  });
  check(client.heard <= 18 + read + 200 * (size / 4 + 1));
  return 0;
}
