// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// First bytes of TLS. A verdict, once there, must not change when more bytes follow: the far end sees them all.
#include "gateway/tls/client_hello.hpp"

#include <cstdlib>

using namespace agentbox;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::span<const unsigned char> bytes(data, size);
  const ClientHello whole = parse_client_hello(bytes);
  const ClientHello half = parse_client_hello(bytes.first(size / 2));
  if (half.state == ClientHello::State::complete &&
      (whole.state != half.state || whole.server_name != half.server_name)) {
    std::abort();
  }
  return 0;
}
