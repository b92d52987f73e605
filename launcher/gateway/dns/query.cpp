// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/dns/query.hpp"

namespace agentbox {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::uint16_t kOpt = 41;
constexpr std::uint16_t kClassIn = 1;

using Packet = std::span<const unsigned char>;

std::uint16_t word_at(Packet packet, std::size_t at) {
  return static_cast<std::uint16_t>(packet[at] << 8U | packet[at + 1]);
}

struct QuestionName {
  std::string text;  ///< labels joined by dots; a label's own dot is replaced so that it cannot be taken for two labels
  std::size_t end;
};

/// No value for a name that is cut off, compressed, or longer than RFC 1035 permits.
std::optional<QuestionName> read_name(Packet packet, std::size_t at) {
  QuestionName name{{}, at};
  while (true) {
    if (name.end >= packet.size()) {
      return std::nullopt;
    }
    const std::size_t length = packet[name.end];
    ++name.end;
    if (length == 0) {
      return name.end - at <= 255 ? std::optional(name) : std::nullopt;
    }
    if (length > 63 || packet.size() - name.end < length || name.end - at > 255) {
      return std::nullopt;
    }
    if (!name.text.empty()) {
      name.text += '.';
    }
    for (const unsigned char byte : packet.subspan(name.end, length)) {
      name.text += byte == '.' ? '\xff' : static_cast<char>(byte);
    }
    name.end += length;
  }
}

/// The end of an OPT record that begins at `at`, or none when it is something else or cut off.
std::optional<std::size_t> read_opt(Packet packet, std::size_t at) {
  constexpr std::size_t fixed = 11;  // root name, type, class, ttl, length
  if (packet.size() - at < fixed || packet[at] != 0 || word_at(packet, at + 1) != kOpt) {
    return std::nullopt;
  }
  const std::size_t data = word_at(packet, at + 9);
  return packet.size() - at - fixed >= data ? std::optional(at + fixed + data) : std::nullopt;
}

}  // namespace

std::variant<DnsQuery, DnsProblem, DnsIgnored> parse_dns_query(Packet packet) {
  if (packet.size() < kHeader || (packet[2] & 0x80U) != 0) {
    return DnsIgnored{};
  }
  const std::uint16_t id = word_at(packet, 0);
  if ((packet[2] & 0x78U) != 0) {
    return DnsProblem{id, DnsCode::not_implemented};  // an update, a notification, ...
  }
  const std::uint16_t additional = word_at(packet, 10);
  if (word_at(packet, 4) != 1 || word_at(packet, 6) != 0 || word_at(packet, 8) != 0 || additional > 1) {
    return DnsProblem{id, DnsCode::format_error};
  }
  const auto name = read_name(packet, kHeader);
  if (!name || packet.size() - name->end < 4) {
    return DnsProblem{id, DnsCode::format_error};
  }
  const std::size_t end = name->end + 4;
  if (word_at(packet, name->end + 2) != kClassIn) {
    return DnsProblem{id, DnsCode::refused};
  }
  if (additional == 1 ? read_opt(packet, end) != packet.size() : packet.size() != end) {
    return DnsProblem{id, DnsCode::format_error};
  }
  const auto question = packet.subspan(kHeader, end - kHeader);
  return DnsQuery{.id = id,
                  .recursion_desired = (packet[2] & 0x01U) != 0,
                  .has_edns = additional == 1,
                  .type = word_at(packet, name->end),
                  .question = std::string(question.begin(), question.end()),
                  .name = HostName::parse(name->text)};
}

}  // namespace agentbox
