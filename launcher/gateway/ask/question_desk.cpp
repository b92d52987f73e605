// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/ask/question_desk.hpp"

#include <algorithm>

namespace agentbox {
namespace {

Verdict denied_verdict() { return refused("asked: denied", "was denied by the user"); }

Verdict unanswered_verdict() {
  return refused("asked: no answer", "is not in the policy, and the user was asked but did not answer in time");
}

}  // namespace

QuestionDesk::QuestionDesk(const GatewayLimits& limits) : limits_(limits) {}

std::optional<Verdict> QuestionDesk::enough() const {
  if (asked_ < limits_.questions && denials_in_a_row_ < limits_.denials_in_a_row) {
    return std::nullopt;
  }
  return refused("asked: no more", "is not in the policy, and the user is asked nothing more in this session");
}

QuestionDesk::Place QuestionDesk::join(const HostName& name, std::uint16_t port) {
  const auto same = [&](const AskQuestion& question) { return question.name == name && question.port == port; };
  if (const auto found = std::find_if(open_.begin(), open_.end(), same); found != open_.end()) {
    return {found->id};
  }
  if (denied_.contains({name, port})) {
    return {0, denied_verdict()};
  }
  if (unanswered_.contains({name, port})) {
    return {0, unanswered_verdict()};
  }
  if (auto no_more = enough()) {
    return {0, *no_more};
  }
  if (open_.size() >= limits_.open_questions) {
    return {0, refused("asked: too many", "is not in the policy, and too many questions to the user are open")};
  }
  open_.push_back({++asked_, name, port});
  return {asked_};
}

Verdict QuestionDesk::lookup(const HostName& name) const {
  const auto port_of_name = denied_.lower_bound({name, 0});
  if (port_of_name != denied_.end() && port_of_name->first == name) {
    return denied_verdict();
  }
  if (auto no_more = enough()) {
    return *no_more;
  }
  return {Verdict::Outcome::allowed, "asked at connection", {}};
}

std::optional<AskQuestion> QuestionDesk::first() const {
  return open_.empty() ? std::nullopt : std::optional(open_.front());
}

bool QuestionDesk::first_is_last_chance() const { return denials_in_a_row_ + 1 >= limits_.denials_in_a_row; }

std::optional<Verdict> QuestionDesk::settle(std::uint64_t id, AskAnswer answer) {
  const auto found =
      std::find_if(open_.begin(), open_.end(), [&](const AskQuestion& question) { return question.id == id; });
  if (found == open_.end()) {
    return std::nullopt;
  }
  const Destination destination{found->name, found->port};
  open_.erase(found);
  if (answer != AskAnswer::deny && answer != AskAnswer::none) {
    denials_in_a_row_ = 0;
    return std::nullopt;
  }
  ++denials_in_a_row_;
  (answer == AskAnswer::deny ? denied_ : unanswered_).insert(destination);
  return answer == AskAnswer::deny ? denied_verdict() : unanswered_verdict();
}

void QuestionDesk::withdraw(std::uint64_t id) {
  std::erase_if(open_, [&](const AskQuestion& question) { return question.id == id; });
}

}  // namespace agentbox
