// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/gateway_state.hpp"

#include "core/text.hpp"
#include "gateway/server/asking.hpp"
#include "gateway/server/connection.hpp"

#include <fmt/format.h>

#include <vector>

namespace agentbox {

GatewayState::GatewayState(asio::io_context& context, GatewayPlan the_plan, EgressLog log)
    : io(context), plan(std::move(the_plan)), limits(plan.limits), addresses(plan.synthetic, limits.names), log_(std::move(log)) {
  if (!plan.broker.is_null()) {
    broker.emplace(BrokerState::from_json(plan.broker));
    wipe_secrets(plan.broker);
    broker->on_event([this](const BrokerEvent& event) { record_call(event); });
  }
}

/// A model call or what git did, as far as a log may know it: never what was said.
void GatewayState::record_call(const BrokerEvent& event) {
  EgressRecord call;
  call.what = "broker";
  call.name = event.provider.empty() ? "broker" : event.provider;
  if (!event.subject.empty()) call.name += "/" + event.subject;
  call.verdict = event.refusal.empty() ? "allowed" : "refused";
  call.rule = event.refusal.empty() ? "broker" : "broker: " + event.refusal;
  if (!event.action.empty()) call.rule += ", " + event.action;
  call.bytes_up = event.request_bytes;
  call.bytes_down = event.response_bytes;
  record(std::move(call));
}

void GatewayState::record(EgressRecord record) {
  record.time = std::chrono::system_clock::now();
  record.session = plan.session;
  ++counts_[record.verdict];
  bytes_up_ += record.bytes_up;
  bytes_down_ += record.bytes_down;
  if (record.verdict == "refused") {
    const std::string host = record.name.empty() ? record.address : record.name;
    const auto key = std::pair(record.port == 0 ? host : fmt::format("{}:{}", host, record.port), record.rule);
    if (refusals_.contains(key) || refusals_.size() < limits.listed_refusals) {
      ++refusals_[key];
    }
  }
  log_.add(record);
}

void GatewayState::flush_log() { log_.flush(std::chrono::system_clock::now()); }

void GatewayState::finish_log() { log_.finish(std::chrono::system_clock::now()); }

void GatewayState::leave(Connection* connection) {
  connections.erase(connection);
  if (connections.empty() && on_last_leave_) {
    on_last_leave_();
  }
}

Task<void> GatewayState::end_connections() {
  ending_ = true;
  if (const auto asker = asking.lock()) {
    asker->end();
  }
  const std::vector<Connection*> all(connections.begin(), connections.end());
  for (Connection* connection : all) {
    connection->reset();
  }
  if (!connections.empty()) {
    // Weakly: this state outlives the context that the timer belongs to.
    const auto patience = std::make_shared<asio::steady_timer>(io, std::chrono::seconds(1));
    on_last_leave_ = [weak = std::weak_ptr(patience)] {
      if (const auto timer = weak.lock()) {
        timer->cancel();
      }
    };
    error_code ignored;
    co_await patience->async_wait(into(ignored));
    on_last_leave_ = nullptr;
  }
}

void GatewayState::replace_rules(EgressRules rules) {
  plan.rules = std::move(rules);
  const std::vector<Connection*> all(connections.begin(), connections.end());
  for (Connection* connection : all) {
    connection->judge_again();
  }
  if (const auto asker = asking.lock()) {
    asker->rules_changed();
  }
}

nlohmann::json GatewayState::summary() const {
  const auto count = [&](const char* verdict) {
    const auto found = counts_.find(verdict);
    return found == counts_.end() ? std::uint64_t{0} : found->second;
  };
  nlohmann::json refusals = nlohmann::json::array();
  for (const auto& [key, number] : refusals_) {
    refusals.push_back({{"to", escape_untrusted(key.first, 300)}, {"rule", key.second}, {"count", number}});
  }
  return {{"allowed", count("allowed")},
          {"refused", count("refused")},
          {"failed", count("failed")},
          {"bytes_up", bytes_up_},
          {"bytes_down", bytes_down_},
          {"connections", connections.size()},
          {"lost_records", log_.lost()},
          {"log_lines", log_.lines()},
          {"log_hash", log_.last_hash()},
          {"refusals", std::move(refusals)},
          {"broker", broker ? broker->summary() : nlohmann::json()}};
}

std::string GatewayState::explain(const Target& target, const Verdict& verdict) const {
  std::string text = fmt::format("agentbox: {} {}", escape_untrusted(target.text(), 300), verdict.reason);
  const bool unlisted = verdict.rule == "no rule";
  text += fmt::format(fmt::runtime(unlisted ? " \"{}\"" : " (policy \"{}\")"), escape_untrusted(plan.policy, 80));
  const bool unasked = verdict.rule.starts_with("asked: ") && verdict.rule != "asked: denied";
  if (target.name && (unlisted || unasked)) {
    const bool usual = target.port == 0 || target.port == 80 || target.port == 443;
    text += fmt::format("; ask the user to run: agentbox policy allow {} {}", plan.session,
                        usual ? target.name->text() : target.text());
  }
  return text;
}

}  // namespace agentbox
