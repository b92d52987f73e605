// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox {

/// One decision, as one line of egress.jsonl. Names and paths come from the guest: they are escaped when written.
struct EgressRecord {
  std::chrono::system_clock::time_point time = {};  ///< of the decision
  std::string session = {};
  std::string what = {};     ///< "dns", "tls", "http", "tcp", "connect", "broker"
  std::string name = {};     ///< what was asked for by name; may be empty
  std::string address = {};  ///< what was dialled, or what the guest addressed when nothing was
  std::uint16_t port = 0;    ///< 0: none (dns)
  std::string verdict = {};  ///< "allowed", "refused", "failed" (allowed, but the far end did not answer)
  std::string rule = {};
  std::uint64_t bytes_up = 0;    ///< from the guest
  std::uint64_t bytes_down = 0;  ///< to the guest
  std::chrono::milliseconds duration = {};
  std::uint64_t repeated = 0;  ///< further decisions of the same kind that this line stands for
};

/// The line without its newline. "prev" is the SHA-256 of the line before it, or 64 zeros for the first: whoever
/// changes, removes or adds a line in the middle breaks the chain.
std::string to_line(const EgressRecord& record, std::string_view previous_hash);

/// Where a chain begins.
std::string first_hash();

struct ChainProblem {
  std::size_t line;  ///< from 1
  std::string reason;
};
struct Chain {
  std::size_t lines = 0;       ///< up to the problem
  std::string last_hash = {};  ///< of the last of them; empty: there is none
  std::optional<ChainProblem> problem = {};
};
/// Follows a log's text, whole lines only. expected: the hash that the first line must name; none accepts any there,
/// for a file whose older part was rotated away.
Chain follow_chain(std::string_view text, const std::optional<std::string>& expected);

/// The same, for the problem alone.
std::optional<ChainProblem> verify_egress_log(std::string_view text, const std::optional<std::string>& expected);

}  // namespace agentbox
