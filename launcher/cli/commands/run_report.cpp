// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/run_report.hpp"

#include "cli/output.hpp"
#include "cli/report_error.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

#include <nlohmann/json.hpp>

namespace agentbox {

namespace {

/// 122, 124 and 125 are ours when the outcome is not the program's own exit code.
bool ended_by_us(const RunResult& result) {
  constexpr int timed_out = 124;
  constexpr int failed = 125;
  constexpr int limit_reached = 122;
  return (result.exit_code == limit_reached || result.exit_code == timed_out || result.exit_code == failed) && !result.outcome.starts_with("exit code");
}

std::string what_was_kept(const RunResult& result) {
  constexpr std::string_view snapshot = "snapshot ";
  if (result.kept.starts_with(snapshot)) {
    const std::string name = result.kept.substr(snapshot.size());
    return "agentbox: kept as " + result.kept + "; to go on: agentbox snapshot resume " + name + "\n";
  }
  if (!result.kept.empty()) {
    return "agentbox: the VM still runs; agentbox exec " + result.session + ", agentbox stop " + result.session + "\n";
  }
  return {};
}

std::string what_was_recorded(const RunResult& result) {
  return result.recording.empty() ? "" : "agentbox: recorded: " + escape_untrusted(result.recording) + "\n";
}

/// The user is to know what was missing, and how to allow it.
std::string what_was_refused(const EgressSummary& network) {
  constexpr std::size_t shown = 5;
  if (network.refusals.empty()) {
    return {};
  }
  std::string text = "agentbox: the network policy refused";
  for (std::size_t i = 0; i < network.refusals.size() && i < shown; ++i) {
    text += (i == 0 ? " " : ", ") + escape_untrusted(network.refusals[i].to, 120);
  }
  if (network.refusals.size() > shown) {
    text += " and " + std::to_string(network.refusals.size() - shown) + " more";
  }
  return text + "\n";
}

std::string what_the_model_did(const nlohmann::json& model) {
  if (!model.is_object() || model.value("requests", 0U) == 0U) {
    return {};
  }
  const auto tokens = model.value("tokens", nlohmann::json::object());
  std::string text = "agentbox: " + std::to_string(model.value("requests", std::uint64_t{0})) + " model calls, " +
                     std::to_string(tokens.value("input", std::uint64_t{0})) + " tokens in, " +
                     std::to_string(tokens.value("output", std::uint64_t{0})) + " out";
  if (const auto cost = model.find("cost_usd"); cost != model.end() && *cost != 0) {
    text += ", about $" + (cost->is_string() ? escape_untrusted(cost->get<std::string>(), 40) : cost->dump());
  }
  return text + "\n";
}

}  // namespace

std::string closing_words(const RunResult& result, std::chrono::milliseconds took, Closing closing) {
  std::string text;
  if (closing == Closing::summary || ended_by_us(result)) {
    text = "agentbox: " + result.session + ": " + escape_untrusted(result.outcome) + " after " + format_duration(took) +
           "\n";
    text += what_the_model_did(result.network.broker);
    if (!result.limit.empty()) {
      text += "agentbox: the session's limit on " + result.limit + " is reached; model calls were refused\n";
    }
  }
  return text + what_was_refused(result.network) + aftermath_text(result.aftermath, result.session) + what_was_recorded(result) +
         what_was_kept(result);
}

std::string timings_text(const RunResult& result) {
  std::vector<std::vector<std::string>> rows;
  std::chrono::milliseconds sum{};
  for (const auto& [phase, time] : result.timings) {
    rows.push_back({"  " + phase, std::to_string(time.count()) + " ms"});
    sum += time;
  }
  rows.push_back({"  all", std::to_string(sum.count()) + " ms"});
  return "agentbox: timings (" + result.start + ")\n" + text_table(rows);
}

}  // namespace agentbox
