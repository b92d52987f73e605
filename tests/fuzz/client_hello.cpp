// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// First bytes of TLS. A verdict, once there, must not change when more bytes follow: the far end sees them all.
#include "gateway/tls/client_hello.hpp"

#include "support/check.hpp"

using namespace agentbox;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::span<const unsigned char> bytes(data, size);
  const ClientHello whole = parse_client_hello(bytes);
  check(whole.state != ClientHello::State::need_more || size < longest_client_hello);
  check(!whole.server_name || HostName::parse(whole.server_name->text()) == whole.server_name);
  constexpr std::size_t cuts = 24;
  for (std::size_t i = 0; i < cuts; ++i) {
    // Half of the cuts at the beginning, where the lengths stand.
    const std::size_t length = i < cuts / 2 ? std::min(i, size) : size * (i - cuts / 2) / (cuts / 2);
    const ClientHello part = parse_client_hello(bytes.first(length));
    check(part.state == ClientHello::State::need_more ||
          (part.state == whole.state && part.server_name == whole.server_name));
  }
  return 0;
}
