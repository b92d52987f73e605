// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/dns/answer.hpp"

#include "core/text.hpp"

namespace agentbox {
namespace {

constexpr std::uint16_t kBlocked = 15;    // RFC 8914 4.16
constexpr std::uint16_t kOtherError = 0;  // RFC 8914 4.1
constexpr std::size_t kLongestReason = 200;

void add_word(std::string& to, unsigned value) {
  to += static_cast<char>(value >> 8U & 0xFFU);
  to += static_cast<char>(value & 0xFFU);
}

std::string header(std::uint16_t id, bool recursion_desired, DnsCode code, unsigned questions, unsigned answers,
                   unsigned additional) {
  std::string packet;
  add_word(packet, id);
  // QR, AA (we are the authority on what exists in here), RD as asked, RA.
  add_word(packet, 0x8480U | (recursion_desired ? 0x0100U : 0U) | static_cast<unsigned>(code));
  add_word(packet, questions);
  add_word(packet, answers);
  add_word(packet, 0);
  add_word(packet, additional);
  return packet;
}

std::string address_record(const IpAddress& address) {
  std::string record;
  add_word(record, 0xC00C);  // the name of the question, which begins behind the header
  add_word(record, static_cast<unsigned>(DnsType::a));
  add_word(record, 1);
  add_word(record, 0);
  add_word(record, dns_ttl_seconds);
  add_word(record, 4);
  for (const auto byte : address.bytes()) {
    record += static_cast<char>(byte);
  }
  return record;
}

std::string opt_record(std::uint16_t error, const std::string& reason) {
  std::string record(1, '\0');
  add_word(record, 41);
  add_word(record, 1232);  // the datagram size we accept (DNS flag day 2020); nobody needs more to ask us
  add_word(record, 0);
  add_word(record, 0);
  if (reason.empty()) {
    add_word(record, 0);
    return record;
  }
  add_word(record, static_cast<unsigned>(reason.size() + 6));
  add_word(record, 15);  // Extended DNS Error
  add_word(record, static_cast<unsigned>(reason.size() + 2));
  add_word(record, error);
  return record + reason;
}

struct Reply {
  DnsCode code = DnsCode::no_error;
  std::optional<IpAddress> address = {};
  std::uint16_t extended_error = kOtherError;
  std::string reason = {};
};

std::string to_packet(const DnsQuery& query, const Reply& reply) {
  std::string packet =
      header(query.id, query.recursion_desired, reply.code, 1, reply.address ? 1 : 0, query.has_edns ? 1 : 0) +
      query.question;
  if (reply.address) {
    packet += address_record(*reply.address);
  }
  if (query.has_edns) {
    packet += opt_record(reply.extended_error, reply.reason);
  }
  return packet;
}

Reply refusal(const DnsQuery& query, const Verdict& verdict) {
  const std::string name = query.name ? query.name->text() : "this";
  return {DnsCode::no_such_name, {}, kBlocked, ("agentbox: " + name + " " + verdict.reason).substr(0, kLongestReason)};
}

}  // namespace

DnsOutcome answer_dns(const EgressRules& rules, SyntheticAddresses& addresses, std::span<const unsigned char> packet) {
  return answer_dns([&](const EgressRequest& request) { return decide(rules, request); }, addresses, packet);
}

DnsOutcome answer_dns(const std::function<Verdict(const EgressRequest&)>& judge, SyntheticAddresses& addresses,
                      std::span<const unsigned char> packet) {
  const auto parsed = parse_dns_query(packet);
  if (const auto* problem = std::get_if<DnsProblem>(&parsed)) {
    return {header(problem->id, false, problem->code, 0, 0, 0), std::nullopt};
  }
  const auto* query = std::get_if<DnsQuery>(&parsed);
  if (query == nullptr) {
    return {};
  }
  DnsOutcome outcome{{}, *query, judge({.kind = EgressKind::lookup, .name = query->name})};
  if (!outcome.verdict.allowed()) {
    outcome.reply = to_packet(*query, refusal(*query, outcome.verdict));
    return outcome;
  }
  Reply reply;
  if (query->type == static_cast<std::uint16_t>(DnsType::a) ||
      query->type == static_cast<std::uint16_t>(DnsType::any)) {
    reply.address = addresses.address_of(*query->name);
    if (!reply.address) {
      reply = {DnsCode::server_failure, {}, kOtherError, "agentbox: this session has asked for too many names"};
      outcome.verdict = refused("limit of names", "is one name too many for a session");
    }
  }
  outcome.reply = to_packet(*query, reply);
  return outcome;
}

}  // namespace agentbox
