// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Request heads, answers and chunked bodies. What is sent on must be read by ourselves as the very same request, a
// verdict must not change when more bytes follow, and the first bytes of what is a request are known as HTTP.
#include "gateway/http/body_counter.hpp"
#include "gateway/http/request_target.hpp"
#include "support/check.hpp"

using namespace agentbox;
using fuzz::check;

namespace {

constexpr std::size_t limit = 3000;

/// As the next server reads it.
RequestHead read_again(const std::string& text) {
  const auto parsed = parse_request_head(text, 2 * limit);
  const auto* head = std::get_if<RequestHead>(&parsed);
  check(head != nullptr && head->size == text.size());
  return *head;
}

void check_request(std::string_view text, const RequestHead& head) {
  check(head.size <= limit && head.size <= text.size());
  const std::string again = head.to_string();
  const RequestHead copy = read_again(again);
  check(copy.to_string() == again && copy.body == head.body && copy.host == head.host && copy.headers == head.headers);
  check(guess_http(text) == HttpGuess::yes);
  check(std::holds_alternative<HttpNeedMore>(parse_request_head(text.substr(0, head.size - 1), limit)));
  const auto alone = parse_request_head(text.substr(0, head.size), limit);
  check(std::holds_alternative<RequestHead>(alone) && std::get<RequestHead>(alone).to_string() == again);
}

/// What is judged, and what is sent on when it was allowed.
void check_target(const RequestHead& head, const Target& known, HttpRole role) {
  const auto asked = asked_target(head, known, role);
  if (!asked) return;
  check(role == HttpRole::proxy || !known.name || asked->target == known);
  check(!asked->path.empty() && (asked->path.front() == '/' || asked->path == "*"));
  const RequestHead sent = read_again(outgoing_head(head, asked->path, role));
  check(sent.method == head.method && sent.target == asked->path && sent.body == head.body && sent.host == head.host);
  check(header_values(sent.headers, "proxy-authorization").empty());
  check(role == HttpRole::transparent || !sent.keeps_alive());
  const auto named = sent.host.empty() ? std::nullopt : parse_target(sent.host, asked->target.port);
  check(!named || named->name == asked->target.name);
}

void check_prefix(std::string_view text, std::size_t length) {
  const std::string_view part = text.substr(0, length);
  const auto early = parse_request_head(part, limit);
  const auto whole = parse_request_head(text, limit);
  check(std::holds_alternative<HttpNeedMore>(early) || early.index() == whole.index());
  const HttpGuess guess = guess_http(part);
  check(guess == HttpGuess::maybe || text.size() >= 8192 || guess == guess_http(text));
}

void check_chunks(std::string_view text) {
  ChunkedBody whole;
  const std::size_t used = whole.consume(text);
  ChunkedBody bytes;
  std::size_t used_in_bytes = 0;
  while (used_in_bytes < text.size() && bytes.consume(text.substr(used_in_bytes, 1)) == 1) ++used_in_bytes;
  check(used == used_in_bytes && whole.state() == bytes.state());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto parsed = parse_request_head(text, limit);
  check(!std::holds_alternative<HttpNeedMore>(parsed) || size < limit);
  if (const auto* head = std::get_if<RequestHead>(&parsed)) {
    check_request(text, *head);
    static const Target by_name = *parse_target("a.example.org:80", 80);
    static const Target by_number = *parse_target("192.0.2.1:80", 80);
    check_target(*head, by_name, HttpRole::transparent);
    check_target(*head, by_number, HttpRole::transparent);
    check_target(*head, {}, HttpRole::proxy);
  }
  check_prefix(text, size / 2);
  check_prefix(text, size - std::min<std::size_t>(size, 1));
  const auto answer = parse_response_head(text, limit);
  if (const auto* head = std::get_if<ResponseHead>(&answer)) {
    check(head->status >= 100 && head->status <= 599 && head->size <= size);
    BodyCounter body(head->body);
    check(body.consume(text.substr(head->size)) <= size - head->size);
  }
  check_chunks(text);
  return 0;
}
