// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "egress/check_url.hpp"

#include <array>
#include <utility>

namespace agentbox {
namespace {

/// The port of a scheme; "" is a bare host.
std::optional<std::uint16_t> usual_port(std::string_view scheme) {
  constexpr std::array<std::pair<std::string_view, std::uint16_t>, 8> ports{{{"", 443},
                                                                             {"https", 443},
                                                                             {"http", 80},
                                                                             {"ssh", 22},
                                                                             {"git", 9418},
                                                                             {"wss", 443},
                                                                             {"ws", 80},
                                                                             {"postgresql", 5432}}};
  for (const auto& [name, port] : ports) {
    if (name == scheme) {
      return port;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<EgressRequest> request_for_url(std::string_view url) {
  std::string_view scheme;
  if (const auto end = url.find("://"); end != std::string_view::npos) {
    scheme = url.substr(0, end);
    url.remove_prefix(end + 3);
  }
  const auto path_at = url.find_first_of("/?#");
  std::string_view where = url.substr(0, path_at);
  if (const auto at = where.rfind('@'); at != std::string_view::npos) {
    where.remove_prefix(at + 1);
  }
  const auto authority = parse_authority(where);
  if (!authority) {
    return std::nullopt;
  }
  const auto port = authority->port ? authority->port : usual_port(scheme);
  EgressRequest request{.kind = scheme == "http" ? EgressKind::http : EgressKind::stream,
                        .name = HostName::parse(authority->host),
                        .address = IpAddress::parse(authority->host)};
  if (!port || (!request.name && !request.address)) {
    return std::nullopt;
  }
  request.port = *port;
  if (request.kind == EgressKind::http) {
    request.method = "GET";
    const std::string_view rest = path_at == std::string_view::npos ? "" : url.substr(path_at, url.find('#') - path_at);
    request.path = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  }
  return request;
}

}  // namespace agentbox
