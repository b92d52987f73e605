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

/// 124 and 125 are ours when the outcome is not the program's own exit code.
bool ended_by_us(const RunResult& result) {
  constexpr int timed_out = 124;
  constexpr int failed = 125;
  return (result.exit_code == timed_out || result.exit_code == failed) && !result.outcome.starts_with("exit code");
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

}  // namespace

std::string closing_words(const RunResult& result, std::chrono::milliseconds took, Closing closing) {
  std::string text;
  if (closing == Closing::summary || ended_by_us(result)) {
    text = "agentbox: " + result.session + ": " + escape_untrusted(result.outcome) + " after " + format_duration(took) +
           "\n";
  }
  return text + what_was_kept(result);
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

std::string error_json(const Error& error) {
  nlohmann::ordered_json value = {{"exit_code", exit_code_of(error)}, {"error", error.what()}, {"hint", error.hint()}};
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace agentbox
