// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/refusal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string_view>

namespace agentbox::broker {
namespace {

struct Row {
  Reason reason;
  std::string_view word;
  int status;
  std::string_view anthropic_type;
  std::string_view google_status;
};

constexpr std::array<Row, 17> rows{{
    {Reason::bad_request, "bad_request", 400, "invalid_request_error", "INVALID_ARGUMENT"},
    {Reason::unknown_route, "unknown_route", 404, "not_found_error", "NOT_FOUND"},
    {Reason::not_allowed, "not_allowed", 403, "permission_error", "PERMISSION_DENIED"},
    {Reason::upgrade, "upgrade", 426, "invalid_request_error", "INVALID_ARGUMENT"},
    {Reason::no_credential, "no_credential", 401, "authentication_error", "UNAUTHENTICATED"},
    {Reason::wrong_credential, "wrong_credential", 401, "authentication_error", "UNAUTHENTICATED"},
    {Reason::body_too_large, "body_too_large", 413, "request_too_large", "INVALID_ARGUMENT"},
    {Reason::too_many_calls, "too_many_calls", 429, "rate_limit_error", "RESOURCE_EXHAUSTED"},
    {Reason::cap_tokens, "cap_tokens", 402, "billing_error", "FAILED_PRECONDITION"},
    {Reason::cap_cost, "cap_cost", 402, "billing_error", "FAILED_PRECONDITION"},
    {Reason::cap_requests, "cap_requests", 402, "billing_error", "FAILED_PRECONDITION"},
    {Reason::upstream_unreachable, "upstream_unreachable", 502, "api_error", "UNAVAILABLE"},
    {Reason::upstream_untrusted, "upstream_untrusted", 502, "api_error", "UNAVAILABLE"},
    {Reason::upstream_broken, "upstream_broken", 502, "api_error", "UNAVAILABLE"},
    {Reason::upstream_redirect, "upstream_redirect", 502, "api_error", "UNAVAILABLE"},
    {Reason::upstream_timeout, "upstream_timeout", 504, "timeout_error", "DEADLINE_EXCEEDED"},
    {Reason::upstream_key, "upstream_key", 403, "permission_error", "PERMISSION_DENIED"},
}};

const Row& row_of(Reason reason) {
  for (const Row& row : rows) {
    if (row.reason == reason) return row;
  }
  return rows.front();
}

/// Another try may end differently.
bool may_be_tried_again(Reason reason) {
  return reason == Reason::too_many_calls || reason == Reason::upstream_unreachable ||
         reason == Reason::upstream_broken || reason == Reason::upstream_timeout;
}

}  // namespace

std::string to_string(Reason reason) { return std::string(row_of(reason).word); }

Refusal refuse(Reason reason, std::string message) {
  return {.reason = reason, .status = row_of(reason).status, .message = "agentbox: " + std::move(message)};
}

std::string refusal_body(const Refusal& refusal, WireFormat wire) {
  using nlohmann::json;
  if (wire == WireFormat::git) return refusal.message + "\n";
  const Row& row = row_of(refusal.reason);
  json body;
  switch (wire) {
    case WireFormat::anthropic:
      body = {{"type", "error"}, {"error", {{"type", row.anthropic_type}, {"message", refusal.message}}}};
      break;
    case WireFormat::openai:
      body = {{"error",
               {{"message", refusal.message},
                {"type", "agentbox_refusal"},
                {"param", nullptr},
                {"code", fmt::format("agentbox_{}", row.word)}}}};
      break;
    case WireFormat::google:
      body = {{"error", {{"code", refusal.status}, {"message", refusal.message}, {"status", row.google_status}}}};
      break;
    case WireFormat::git:
      break;
  }
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string refusal_response(const Refusal& refusal, WireFormat wire, AfterRefusal after) {
  const std::string body = refusal_body(refusal, wire);
  // x-should-retry: two vendors' libraries obey it; without it some try for minutes what cannot succeed.
  return fmt::format(
      "HTTP/1.1 {} {}\r\ncontent-type: {}\r\ncontent-length: {}\r\nx-agentbox-refusal: {}\r\n"
      "x-should-retry: {}\r\n{}\r\n{}",
      refusal.status, refusal.status == 426 ? "Upgrade Required" : "Refused",
      wire == WireFormat::git ? "text/plain" : "application/json", body.size(), to_string(refusal.reason),
      may_be_tried_again(refusal.reason) ? "true" : "false",
      after == AfterRefusal::close ? "connection: close\r\n" : "", body);
}

}  // namespace agentbox::broker
