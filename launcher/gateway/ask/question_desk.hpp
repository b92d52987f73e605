// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "egress/ask_question.hpp"
#include "egress/decide.hpp"
#include "gateway/limits.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <utility>

namespace agentbox {

/// Which questions are open, what was said to earlier ones, and when there have been enough: a guest must not wear its
/// user down. Pure; without a clock. Questions are put one after the other: the first of those that are open.
class QuestionDesk {
 public:
  explicit QuestionDesk(const GatewayLimits& limits);

  /// Where a connection stands that nothing allows: it waits for this question (one per name and port, however many
  /// wait), or is refused without one.
  struct Place {
    std::uint64_t question = 0;  ///< 0: refused
    Verdict refusal = {};
  };
  Place join(const HostName& name, std::uint16_t port);

  /// What a mere lookup is told, which asks nothing: refused for a name that the user denied, and for every name that
  /// nobody will be asked about any more.
  [[nodiscard]] Verdict lookup(const HostName& name) const;

  /// The question that the user is to see now.
  [[nodiscard]] std::optional<AskQuestion> first() const;
  /// Whether a denial of the first question ends all asking; the user is told beforehand.
  [[nodiscard]] bool first_is_last_chance() const;

  /// Takes an open question away. What those that wait for it are told, when that is a refusal: deny and none are
  /// remembered, and not asked about again.
  std::optional<Verdict> settle(std::uint64_t question, AskAnswer answer);
  /// The rules have settled it meanwhile.
  void withdraw(std::uint64_t question);
  [[nodiscard]] const std::deque<AskQuestion>& open() const { return open_; }
  /// Why nothing more is asked in this session; no value while there may be.
  [[nodiscard]] std::optional<Verdict> enough() const;

 private:
  using Destination = std::pair<HostName, std::uint16_t>;

  GatewayLimits limits_;
  std::deque<AskQuestion> open_;
  std::set<Destination> denied_;      ///< no more than limits_.questions
  std::set<Destination> unanswered_;  ///< likewise
  std::uint64_t asked_ = 0;
  std::size_t denials_in_a_row_ = 0;
};

}  // namespace agentbox
