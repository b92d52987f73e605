// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Request heads, answers and chunked bodies. What is sent on must be read by ourselves as the very same request.
#include "gateway/http/chunked_body.hpp"
#include "gateway/http/message_head.hpp"

#include <cstdlib>

using namespace agentbox;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_request_head(text, 8192);
  if (const auto* head = std::get_if<RequestHead>(&parsed)) {
    const std::string again = head->to_string();
    const auto second = parse_request_head(again, 32768);
    const auto* copy = std::get_if<RequestHead>(&second);
    if (copy == nullptr || copy->to_string() != again || !(copy->body == head->body) || copy->host != head->host ||
        copy->size != again.size()) {
      std::abort();
    }
  }
  static_cast<void>(parse_response_head(text, 8192));
  static_cast<void>(guess_http(text));
  ChunkedBody whole;
  const std::size_t used = whole.consume(text);
  ChunkedBody halves;
  std::size_t used_in_halves = halves.consume(text.substr(0, size / 2));
  if (used_in_halves == size / 2) {
    used_in_halves += halves.consume(text.substr(size / 2));
  }
  if (used != used_in_halves || whole.state() != halves.state()) {
    std::abort();
  }
  return 0;
}
