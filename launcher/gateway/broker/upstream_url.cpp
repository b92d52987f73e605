// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "gateway/broker/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace agentbox {
namespace {

[[noreturn]] void refuse(const std::string& url, std::string_view why) {
  throw Error(ErrorKind::usage, fmt::format("\"{}\" cannot be a service: {}", escape_untrusted(url, 200), why),
              "as in https://HOST/PATH or http://127.0.0.1:PORT");
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '-' &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == '_';
         });
}

bool is_ipv6(std::string_view host) {
  return !host.empty() && host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

std::uint16_t parse_port(const std::string& url, std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > 65535)
    refuse(url, "its port is not a number from 1 to 65535");
  return static_cast<std::uint16_t>(value);
}

}  // namespace

Upstream Upstream::parse(const std::string& url) {
  Upstream upstream;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    upstream.scheme = Scheme::http;
    upstream.port = 80;
  } else {
    refuse(url, "it begins neither with https:// nor with http://");
  }
  const auto slash = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, slash);
  upstream.path = slash == std::string_view::npos ? "" : std::string(rest.substr(slash));
  while (upstream.path.ends_with('/')) upstream.path.pop_back();
  if (!upstream.path.empty() && !is_plain_path(upstream.path))
    refuse(url, "its path is not plain (no query, no %, no empty component)");

  const bool bracketed = authority.starts_with('[');
  const auto end_of_host = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end_of_host == std::string_view::npos) refuse(url, "its address has no end");
  upstream.host = std::string(bracketed ? authority.substr(1, end_of_host - 1) : authority.substr(0, end_of_host));
  if (bracketed ? !is_ipv6(upstream.host) : !is_host(upstream.host)) refuse(url, "it has no plain host name");
  authority.remove_prefix(std::min(
      authority.size(), end_of_host == std::string_view::npos ? authority.size() : end_of_host + (bracketed ? 1 : 0)));
  if (!authority.empty()) {
    if (authority.front() != ':') refuse(url, "something stands after its address");
    upstream.port = parse_port(url, authority.substr(1));
  }
  return upstream;
}

std::string Upstream::to_string() const {
  const std::string_view name = scheme == Scheme::https ? "https" : "http";
  const std::uint16_t usual = scheme == Scheme::https ? 443 : 80;
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == usual ? fmt::format("{}://{}{}", name, shown, path)
                       : fmt::format("{}://{}:{}{}", name, shown, port, path);
}

}  // namespace agentbox
