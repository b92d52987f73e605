// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/host_name.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace agentbox {

/// What the user said. once: for the connections that wait now. session: until it ends. always: for later sessions of
/// the same project and policy, too. none: nothing, in time.
enum class AskAnswer { once, session, always, deny, none };
std::string_view to_string(AskAnswer answer);
/// "once", "session", "always", "deny"; no value for anything else.
std::optional<AskAnswer> parse_ask_answer(std::string_view word);

/// One question to the user: may this session connect there? The guest chose the name; its type lets nothing through
/// that a terminal would obey.
struct AskQuestion {
  std::uint64_t id;
  HostName name;
  std::uint16_t port;
  friend bool operator==(const AskQuestion&, const AskQuestion&) = default;
};

/// The question that is to be put to the user now.
struct PosedQuestion {
  AskQuestion question;
  bool last_chance = false;     ///< denied, nothing more is asked in this session
  std::chrono::seconds time{};  ///< until it counts as denied
};
/// No answer is waited for any more: it took too long, or the rules have changed.
struct WithdrawnQuestion {
  std::uint64_t id;
};
using QuestionEvent = std::variant<PosedQuestion, WithdrawnQuestion>;

}  // namespace agentbox
