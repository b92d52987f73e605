// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Names, patterns, authorities, addresses, rules. A canonical name is its own canonical form, and no address.
#include "core/error.hpp"
#include "egress/host_name.hpp"
#include "egress/ip_address.hpp"
#include "egress/check_url.hpp"
#include "egress/decide.hpp"

#include <arpa/inet.h>

#include <cstdlib>

using namespace agentbox;

namespace {

template <class Parse>
void must_parse_or_throw(Parse parse) {
  try {
    static_cast<void>(parse());
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto name = HostName::parse(text)) {
    in_addr address{};
    if (HostName::parse(name->text()) != name || ::inet_aton(name->text().c_str(), &address) != 0 ||
        IpAddress::parse(name->text())) {
      std::abort();
    }
  }
  if (const auto address = IpAddress::parse(text); address && IpAddress::parse(address->to_string()) != address) {
    std::abort();
  }
  static_cast<void>(parse_authority(text));
  static_cast<void>(request_for_url(text));
  static_cast<void>(is_unambiguous_path(text));
  must_parse_or_throw([&] { return parse_egress_rule(text); });
  must_parse_or_throw([&] { return parse_lan_rule(text); });
  must_parse_or_throw([&] { return parse_path_prefix(text); });
  return 0;
}
