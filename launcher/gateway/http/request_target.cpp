// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/request_target.hpp"

namespace agentbox {
namespace {

/// "http://host/path": the target, and the path to send on.
std::optional<AskedTarget> split_absolute(std::string_view target) {
  constexpr std::string_view scheme = "http://";
  if (!target.starts_with(scheme)) {
    return std::nullopt;
  }
  target.remove_prefix(scheme.size());
  const auto end = target.find_first_of("/?#");
  auto where = parse_target(target.substr(0, end), 80);
  if (!where) {
    return std::nullopt;
  }
  std::string path(end == std::string_view::npos ? "/" : target.substr(end));
  return AskedTarget{*where, path.starts_with('/') ? path : "/" + path};
}

}  // namespace

std::optional<AskedTarget> asked_target(const RequestHead& head, const Target& known, HttpRole role) {
  std::optional<AskedTarget> asked;
  if (head.target.starts_with('/') || head.target == "*") {
    asked = AskedTarget{known, head.target};
    if (role == HttpRole::proxy) {
      return std::nullopt;
    }
  } else if (!(asked = split_absolute(head.target))) {
    return std::nullopt;
  }
  if (head.host.empty()) {  // HTTP/1.0
    const bool elsewhere = role == HttpRole::transparent && known.name && asked->target != known;
    return elsewhere ? std::nullopt : asked;
  }
  const std::uint16_t usual = role == HttpRole::proxy ? std::uint16_t{80} : known.port;
  const auto host = parse_target(head.host, usual);
  if (!host) {
    return std::nullopt;
  }
  if (role == HttpRole::transparent && !known.name && host->name && host->port == known.port) {
    // The guest addressed a number and names a host: the name decides, and what it resolves to is dialled.
    const bool line_agrees = head.target.front() == '/' || head.target == "*" || asked->target == *host;
    return line_agrees ? std::optional(AskedTarget{*host, asked->path}) : std::nullopt;
  }
  const bool agrees = *host == asked->target && (role == HttpRole::proxy || asked->target == known);
  return agrees ? asked : std::nullopt;
}

std::string outgoing_head(RequestHead head, const std::string& path, HttpRole role) {
  head.target = path;
  for (const char* name : {"proxy-authorization", "proxy-connection", "proxy-authenticate"}) {
    remove_header(head.headers, name);
  }
  if (role == HttpRole::proxy) {
    remove_header(head.headers, "connection");
    remove_header(head.headers, "keep-alive");
    head.headers.push_back({"Connection", "close"});
  }
  return head.to_string();
}

}  // namespace agentbox
