// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Questions as a guest may send them. Beyond not crashing: an answer echoes the question and is never an address for a
// name that the rules do not allow.
#include "gateway/dns/answer.hpp"

#include <cstdlib>

using namespace agentbox;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const EgressRules rules{.mode = NetworkMode::allowlist, .allow = {parse_egress_rule("*.example.org")}};
  SyntheticAddresses addresses(SyntheticRange{}, 4);
  const DnsOutcome outcome = answer_dns(rules, addresses, {data, size});
  if (outcome.query && outcome.verdict.allowed() && !outcome.query->name->text().ends_with(".example.org")) {
    std::abort();
  }
  if (!outcome.query && addresses.size() != 0) {
    std::abort();
  }
  return 0;
}
