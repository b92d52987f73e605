// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/provider.hpp"

#include <algorithm>
#include <array>

namespace agentbox {
namespace {

constexpr std::array<std::string_view, 34> never_forwarded{
    // credentials
    "authorization", "proxy-authorization", "x-api-key", "api-key", "apikey", "x-goog-api-key", "x-goog-user-project",
    "x-goog-iam-authorization-token", "x-auth-token", "x-access-token", "cookie", "cookie2", "anthropic-api-key",
    "openai-api-key", "x-amz-security-token", "x-forwarded-authorization", "proxy-authenticate",
    // of one hop, or about framing
    "host", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "content-length",
    "upgrade", "expect", "http2-settings", "accept-encoding",
    // another meaning
    "x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"};

constexpr std::array<std::string_view, 3> never_forwarded_groups{"x-forwarded-", "proxy-", "sec-"};

/// A header that is not known by name, but says by its name what it is.
constexpr std::array<std::string_view, 5> telling_words{"api-key", "apikey", "authoriz", "secret", "password"};

}  // namespace

bool may_be_forwarded(std::string_view header) {
  if (std::find(never_forwarded.begin(), never_forwarded.end(), header) != never_forwarded.end()) return false;
  if (std::any_of(never_forwarded_groups.begin(), never_forwarded_groups.end(),
                  [&](std::string_view group) { return header.starts_with(group); }))
    return false;
  return std::none_of(telling_words.begin(), telling_words.end(),
                      [&](std::string_view word) { return header.find(word) != std::string_view::npos; });
}

}  // namespace agentbox
