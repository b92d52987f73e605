// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/host_name.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace agentbox {

/// Types of records that mean something to us; any other number is carried along (RFC 1035, IANA).
enum class DnsType : std::uint16_t { a = 1, ptr = 12, txt = 16, aaaa = 28, svcb = 64, https = 65, any = 255 };
enum class DnsCode : std::uint8_t {
  no_error = 0,
  format_error = 1,
  server_failure = 2,
  no_such_name = 3,
  not_implemented = 4,
  refused = 5
};

/// One question as a stub resolver asks it.
struct DnsQuery {
  std::uint16_t id = 0;
  bool recursion_desired = false;
  bool has_edns = false;  ///< an OPT record came along: an explanation may go back (RFC 8914)
  std::uint16_t type = 1;
  std::string question;          ///< the question section, byte for byte, to be echoed (the case of letters counts)
  std::optional<HostName> name;  ///< canonical; none for what no rule can name ("_", ".", binary labels)
};

/// A packet that is no question of ours, and how to answer it.
struct DnsProblem {
  std::uint16_t id = 0;
  DnsCode code = DnsCode::format_error;
};
/// Not even worth an answer: shorter than a header, or itself an answer (which would go to and fro for ever).
struct DnsIgnored {};

/// RFC 1035 and 6891, strictly: one question of class IN, no compression in it, no other records but one OPT. Pure;
/// reads nothing behind packet, whatever the lengths inside it say.
std::variant<DnsQuery, DnsProblem, DnsIgnored> parse_dns_query(std::span<const unsigned char> packet);

}  // namespace agentbox
