// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace agentbox {

/// Some calls of an HTTP API: a method and a path, in which "*" stands for one or more of A-Z a-z 0-9 . _ ~ @ - within
/// one component ("/v1beta/models/*:generateContent"). A pure value.
struct CallPattern {
  std::string method;
  std::string path;

  /// "POST /v1/messages". Throws Error{usage} that says what is wrong: a method in lower case, a query, a path with an
  /// empty component, "." or "..", or with characters that a request may not have either.
  static CallPattern parse(const std::string& text);
  [[nodiscard]] std::string to_string() const { return method + " " + path; }

  /// path: a request's, checked by is_plain_path().
  [[nodiscard]] bool matches(std::string_view request_method, std::string_view request_path) const;
  friend bool operator==(const CallPattern&, const CallPattern&) = default;
};

/// A path that means the same to every server: absolute, without percent-encoding, empty components, "." and "..". What
/// a pattern was not compared with, because the next server decodes or tidies it up first, is how allowlists are passed
/// by.
bool is_plain_path(std::string_view path);

/// "claude-*" against "claude-opus-4-6": "*" stands for any characters, none included. For names, not for paths.
bool matches_wildcard(std::string_view pattern, std::string_view text);

}  // namespace agentbox
