// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/loopback_url.hpp"

#include <cstdint>

namespace agentbox {
namespace {

bool is_loopback_host(std::string_view host) {
  // An address, not a name that begins like one: 127.example.org is somebody else's.
  const bool ipv4 = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return ipv4 || host == "localhost" || host == "[::1]";
}

}  // namespace

std::optional<Port> loopback_port(std::string_view url) {
  std::uint16_t scheme_port = 80;
  if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else if (url.starts_with("https://")) {
    url.remove_prefix(8);
    scheme_port = 443;
  } else {
    return std::nullopt;
  }
  std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = authority.substr(0, colon);
  if (!is_loopback_host(host)) {
    return std::nullopt;
  }
  if (colon == std::string_view::npos || colon + 1 == authority.size()) {
    return Port(scheme_port);
  }
  return Port::parse(authority.substr(colon + 1));
}

}  // namespace agentbox
