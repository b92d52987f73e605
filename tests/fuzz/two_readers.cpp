// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// The gateway and the broker have a reader of HTTP each. Two readers that see one message differently are how requests
// are smuggled: what both accept is the same message, and they differ in nothing but what is listed here.
#include "gateway/broker/http/body.hpp"
#include "gateway/http/chunked_body.hpp"
#include "gateway/http/message_head.hpp"
#include "support/check.hpp"

using namespace agentbox;
using fuzz::check;

namespace {

constexpr std::size_t limit = 8192;
constexpr std::size_t most_headers = 100;  // as message_head.cpp has it

bool same_body(const HttpBody& gateway, const broker::Framing& broker) {
  using Kind = broker::Framing::Kind;
  switch (gateway.kind) {
    case HttpBody::Kind::none:
      return broker.kind == Kind::none || (broker.kind == Kind::length && broker.length == 0);
    case HttpBody::Kind::length:
      return broker.kind == Kind::length && broker.length == gateway.length;
    case HttpBody::Kind::chunked:
      return broker.kind == Kind::chunked;
    case HttpBody::Kind::until_close:
      return broker.kind == Kind::until_close;
  }
  return false;
}

bool same_headers(const std::vector<HttpHeader>& gateway, const std::vector<broker::Header>& broker) {
  return std::equal(gateway.begin(), gateway.end(), broker.begin(), broker.end(), [](const auto& one, const auto& two) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    std::string name = one.name;
    std::transform(name.begin(), name.end(), name.begin(), lower);
    return name == two.name && one.value == two.value;
  });
}

void check_requests(std::string_view text, std::size_t length) {
  const auto by_gateway = parse_request_head(text, limit);
  const auto by_broker = broker::parse_request_head(text.substr(0, length), most_headers);
  const auto* one = std::get_if<RequestHead>(&by_gateway);
  const auto* two = std::get_if<broker::RequestHead>(&by_broker);
  // The broker speaks HTTP/1.1 only; the gateway knows no empty host and no method longer than 20.
  if (one == nullptr) check(two == nullptr || two->values("host").front().empty() || two->method.size() > 20);
  if (two == nullptr) check(one == nullptr || one->minor_version == 0);
  if (one == nullptr || two == nullptr) return;
  check(one->size == length && one->method == two->method && one->target == two->target);
  check(same_body(one->body, two->framing) && same_headers(one->headers, two->headers));
}

void check_answers(std::string_view text, std::size_t length) {
  const auto by_gateway = parse_response_head(text, limit);
  const auto by_broker = broker::parse_response_head(text.substr(0, length), "GET", most_headers);
  const auto* one = std::get_if<ResponseHead>(&by_gateway);
  const auto* two = std::get_if<broker::ResponseHead>(&by_broker);
  if (one == nullptr || two == nullptr) return;
  check(one->size == length && static_cast<int>(one->status) == two->status);
  check(same_body(one->body, two->framing) && same_headers(one->headers, two->headers));
}

/// Where they both see an end, it is the same one. (The broker reads trailers, the gateway sizes of 15 digits.)
void check_chunks(std::string_view text) {
  ChunkedBody gateway;
  const std::size_t by_gateway = gateway.consume(text);
  broker::BodyDecoder broker({.kind = broker::Framing::Kind::chunked});
  std::size_t by_broker = 0;
  while (by_broker < text.size() && !broker.done() && !broker.failed())
    by_broker += broker.feed(text.substr(by_broker)).consumed;
  check(gateway.state() != ChunkedBody::State::done || !broker.done() || by_gateway == by_broker);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const std::size_t length = broker::head_length(text); length != std::string_view::npos && length < limit) {
    check_requests(text, length);
    check_answers(text, length);
  }
  check_chunks(text);
  return 0;
}
