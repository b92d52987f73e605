// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/asking.hpp"

#include <array>

namespace agentbox {
namespace {

using Json = nlohmann::json;

/// An answer is a few dozen bytes.
constexpr std::size_t longest_answer = 4096;

Verdict nobody_there() { return refused("no rule", "is not in the policy"); }

EgressRule asked_rule(const AskQuestion& question, AskAnswer answer) {
  return {.host = HostPattern::parse(question.name.text()),
          .ports = {question.port},
          .origin = asked_origin(to_string(answer))};
}

}  // namespace

Asking::Asking(GatewayState& state, UnixSocket socket)
    : state_(state), socket_(std::move(socket)), desk_(state.limits) {}

Asking::~Asking() { end(); }

Task<void> Asking::serve(std::string received) {
  const auto self = shared_from_this();
  std::array<char, 1024> buffer;
  error_code error;
  while (!error && received.size() <= longest_answer) {
    for (auto end = received.find('\n'); end != std::string::npos; end = received.find('\n')) {
      if (!take_answer(received.substr(0, end))) {
        co_return;
      }
      received.erase(0, end + 1);
    }
    const std::size_t count = co_await socket_.async_read_some(asio::buffer(buffer), into(error));
    received.append(buffer.data(), count);
  }
}

/// False for what is no answer: whoever is there does not understand the questions.
bool Asking::take_answer(const std::string& line) {
  const Json message = Json::parse(line, nullptr, false);
  if (!message.is_object() || !message.value("question", Json()).is_number_unsigned() ||
      !message.value("answer", Json()).is_string()) {
    return false;
  }
  const auto answer = parse_ask_answer(message.at("answer").get<std::string>());
  const auto question = message.at("question").get<std::uint64_t>();
  if (answer && question == shown_) {  // else it crossed with our taking it back
    settle(question, *answer);
  }
  return answer.has_value();
}

void Asking::settle(std::uint64_t id, AskAnswer answer) {
  const auto question = desk_.first();
  if (!question || question->id != id) {
    return;
  }
  const auto refusal = desk_.settle(id, answer);
  shown_ = 0;
  patience_.reset();
  finish(id, refusal.value_or(Verdict{Verdict::Outcome::allowed, asked_origin(to_string(answer)), {}}));
  if (answer == AskAnswer::session || answer == AskAnswer::always) {
    EgressRules rules = state_.plan.rules;
    rules.allow.insert(rules.allow.begin(), asked_rule(*question, answer));
    state_.replace_rules(std::move(rules));
  }
  if (const auto no_more = desk_.enough()) {
    for (const AskQuestion& open : std::deque<AskQuestion>(desk_.open())) {
      desk_.withdraw(open.id);
      finish(open.id, *no_more);
    }
  }
  show_next();
}

/// Those that wait for this question go on, each when the loop comes to it.
void Asking::finish(std::uint64_t question, const Verdict& verdict) {
  if (const auto found = waiting_.find(question); found != waiting_.end()) {
    found->second->verdict = verdict;
    found->second->wake.cancel();
    waiting_.erase(found);
  }
}

/// One at a time; its clock starts when the user can see it.
void Asking::show_next() {
  const auto question = desk_.first();
  if (shown_ != 0 || !question) {
    return;
  }
  shown_ = question->id;
  send({{"question", question->id},
        {"name", question->name.text()},
        {"port", question->port},
        {"last_chance", desk_.first_is_last_chance()},
        {"seconds", std::chrono::duration_cast<std::chrono::seconds>(state_.limits.question).count()}});
  patience_ = std::make_unique<Alarm>(state_.io, state_.limits.question, [this, id = question->id] {
    send({{"withdrawn", id}});
    settle(id, AskAnswer::none);
  });
}

Task<Verdict> Asking::ask(HostName name, std::uint16_t port) {
  const auto self = shared_from_this();
  const QuestionDesk::Place place = desk_.join(name, port);
  if (place.question == 0) {
    co_return place.refusal;
  }
  auto& entry = waiting_[place.question];
  if (!entry) {
    entry = std::make_shared<Waiting>(state_.io);
  }
  const auto waiting = entry;
  show_next();
  error_code ignored;
  while (!waiting->verdict) {
    co_await waiting->wake.async_wait(into(ignored));
  }
  co_return *waiting->verdict;
}

void Asking::rules_changed() {
  for (const AskQuestion& question : std::deque<AskQuestion>(desk_.open())) {
    const EgressRequest request{.name = question.name, .port = question.port};
    if (may_be_asked(state_.plan.rules, request)) {
      continue;
    }
    desk_.withdraw(question.id);
    if (question.id == shown_) {
      send({{"withdrawn", question.id}});
      shown_ = 0;
      patience_.reset();
    }
    finish(question.id, decide(state_.plan.rules, request));
  }
  show_next();
}

void Asking::end() {
  patience_.reset();
  while (!waiting_.empty()) {
    desk_.withdraw(waiting_.begin()->first);
    finish(waiting_.begin()->first, nobody_there());
  }
}

void Asking::send(const Json& message) {
  outbox_ += message.dump() + "\n";
  if (!writing_) {
    writing_ = true;
    asio::co_spawn(state_.io, write_outbox(), asio::detached);
  }
}

/// Bounded without a check: there are only so many questions in a session.
Task<void> Asking::write_outbox() {
  const auto self = shared_from_this();
  error_code error;
  while (!error && !outbox_.empty()) {
    const std::string piece = std::exchange(outbox_, {});
    co_await asio::async_write(socket_, asio::buffer(piece), into(error));
  }
  writing_ = false;
}

Verdict judge_lookup(const GatewayState& state, const EgressRequest& request) {
  Verdict verdict = decide(state.plan.rules, request);
  const auto asking = state.asking.lock();
  return asking && may_be_asked(state.plan.rules, request) ? asking->lookup(*request.name) : verdict;
}

Task<Verdict> judge_or_ask(std::shared_ptr<Connection> connection, EgressRequest request) {
  GatewayState& state = connection->state;
  Verdict verdict = connection->judge(request);
  const auto asking = state.asking.lock();
  if (verdict.allowed() || !asking || state.ending() || !may_be_asked(state.plan.rules, request)) {
    co_return verdict;
  }
  const auto longest = state.limits.question * (state.limits.open_questions + 1);
  connection->limit_silence(std::chrono::duration_cast<std::chrono::milliseconds>(longest));
  const HostName name = *request.name;
  verdict = co_await asking->ask(name, request.port);
  if (verdict.allowed()) {
    // The rules may have changed while it waited, and a deny rule wins; what stands in a rule needs no grant.
    connection->grant(name, request.port, verdict.rule);
    verdict = connection->judge(request);
  }
  connection->limit_silence(state.limits.idle);
  co_return verdict;
}

}  // namespace agentbox
