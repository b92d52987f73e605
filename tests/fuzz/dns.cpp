// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Questions as a guest may send them. An answer echoes the question, fits into a datagram, and is never an address for a
// name that the rules do not allow.
#include "gateway/dns/answer.hpp"

#include "support/check.hpp"

using namespace agentbox;
using fuzz::check;

namespace {

constexpr std::size_t header_size = 12;

unsigned word_at(std::string_view packet, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(packet[at]) << 8U | static_cast<unsigned char>(packet[at + 1]));
}

void check_reply(std::string_view question, const DnsOutcome& outcome) {
  const std::string_view reply = outcome.reply;
  check(reply.size() >= header_size && reply.size() <= 1232);
  check(reply.substr(0, 2) == question.substr(0, 2));  // the guest's own number
  check((static_cast<unsigned char>(reply[2]) & 0x80U) != 0);
  if (!outcome.query) {
    check(reply.size() == header_size && word_at(reply, 4) == 0);
    return;
  }
  check(reply.substr(header_size).starts_with(outcome.query->question));
  check(outcome.verdict.allowed() || word_at(reply, 6) == 0);
  check(!outcome.verdict.allowed() || outcome.query->name->text().ends_with(".example.org"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const EgressRules rules{.mode = NetworkMode::allowlist, .allow = {parse_egress_rule("*.example.org")}};
  SyntheticAddresses addresses(SyntheticRange{}, 4);
  const DnsOutcome outcome = answer_dns(rules, addresses, {data, size});
  check(outcome.query.has_value() || addresses.size() == 0);
  if (outcome.reply.empty()) return 0;
  check_reply(fuzz::text_of(data, size), outcome);
  // An answer is no question: it must not go to and fro for ever.
  const auto* reply = reinterpret_cast<const unsigned char*>(outcome.reply.data());
  check(answer_dns(rules, addresses, {reply, outcome.reply.size()}).reply.empty());
  check(answer_dns(rules, addresses, {data, size}).reply == outcome.reply);
  return 0;
}
