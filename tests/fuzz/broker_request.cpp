// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// The broker's requests: a head is read and judged, a body decoded. What goes on to the upstream carries the
// placeholder in the request it came from, keeps to the route, and holds nothing that could be a credential or a second
// request; a body is the same however it is cut.
#include "gateway/broker/admission.hpp"
#include "gateway/broker/http/body.hpp"
#include "support/check.hpp"

#include <string>
#include <string_view>

using namespace agentbox;
using fuzz::check;
using namespace agentbox::broker;

namespace {

constexpr std::string_view placeholder = "PLACEHOLDER";

BrokerPlan make_plan() {
  BrokerPlan plan;
  BrokerRoute& route = plan.routes.emplace_back();
  route.name = "a";
  route.upstream = Upstream::parse("http://127.0.0.1:1/up");
  route.placeholder = SecretText(placeholder);
  route.metered.push_back(CallPattern::parse("POST /v1/*:run"));
  route.free.push_back(CallPattern::parse("GET /v1/models"));
  route.headers = {"x-app", "anthropic-*"};
  route.query = {"beta"};
  return plan;
}

void judge(const BrokerPlan& plan, std::string_view text, const RequestHead& head) {
  const Admission admission = admit(plan, head);
  const auto* forward = std::get_if<Forward>(&admission);
  if (forward == nullptr) return;
  check(text.find(placeholder) != std::string_view::npos || text.find('%') != std::string_view::npos);
  check(forward->target.starts_with("/up/v1/"));
  check(forward->target.find_first_of(std::string_view(" \r\n\0;#", 6)) == std::string::npos);
  check(forward->target.find("..") == std::string::npos || forward->target.find("/../") == std::string::npos);
  for (const Header& header : forward->headers) {
    check(may_be_forwarded(header.name));
    check(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
}

/// The data of a body, fed in pieces of that size; "failed" when it is none.
std::string decode(Framing framing, std::string_view text, std::size_t piece) {
  BodyDecoder decoder(framing);
  std::string data;
  while (!text.empty() && !decoder.done() && !decoder.failed()) {
    const BodyDecoder::Step step = decoder.feed(text.substr(0, piece));
    check(step.consumed > 0 && step.consumed <= piece);
    data += step.data;
    text.remove_prefix(step.consumed);
  }
  return decoder.failed() ? "failed" : data;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  static const BrokerPlan plan = make_plan();
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const std::size_t length = head_length(text); length != std::string_view::npos) {
    const auto parsed = parse_request_head(text.substr(0, length), 50);
    if (const auto* head = std::get_if<RequestHead>(&parsed)) judge(plan, text.substr(0, length), *head);
    static_cast<void>(parse_response_head(text.substr(0, length), "POST", 50));
  }
  const Framing chunked{Framing::Kind::chunked, 0};
  check(decode(chunked, text, text.size() + 1) == decode(chunked, text, 1));
  return 0;
}
