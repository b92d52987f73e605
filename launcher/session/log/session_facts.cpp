// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/log/session_facts.hpp"

#include "core/units.hpp"
#include "session/log/json_fields.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace agentbox {
namespace {

using Json = nlohmann::json;

std::string model_used(const Json& result) {
  const Json model = result.value("model", Json());
  if (count_at(model, "requests") == 0) {
    return {};
  }
  const Json tokens = model.value("tokens", Json::object());
  const Json cost = model.value("cost_usd", Json());
  return fmt::format("{} calls, {} tokens in, {} out{}", count_at(model, "requests"), count_at(tokens, "input"),
                     count_at(tokens, "output"),
                     cost.is_number() && cost.get<double>() > 0 ? ", about $" + cost.dump() : "");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> facts_of(const KnownSession& known) {
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      facts.emplace_back(name, value);
    }
  };
  add("session", known.id);
  if (known.result.is_object()) {
    const Json& result = known.result;
    add("agent", text_at(result, "agent"));
    add("project", text_at(result, "project"));
    add("workspace", text_at(result, "workspace"));
    add("policy", text_at(result, "policy"));
    add("base", text_at(result, "base"));
    add("started", text_at(result, "started"));
    add("took", format_duration(std::chrono::milliseconds(count_at(result, "took_ms"))));
    add("result", text_at(result, "result") + ": " + text_at(result, "outcome"));
    add("exit code", text_at(result, "exit_code"));
    add("limit", text_at(result, "limit"));
    add("model", model_used(result));
    const std::uint64_t changes = count_at(result.value("changes", Json()), "count");
    add("changes", changes == 0 ? "" : std::to_string(changes));
    add("kept", text_at(result, "kept"));
    return facts;
  }
  if (known.there) {
    const SessionRecord& record = known.there->record;
    add("agent", record.agent);
    add("project", record.project);
    add("workspace", record.workspace);
    add("policy", record.policy);
    add("base", record.base);
    add("started", record.started);
    add("state", known.there->live ? to_string(record.phase) : "over");
    add("result", record.outcome);
    return facts;
  }
  add("result", "none: agentbox failed, or was ended, before there was one");
  return facts;
}

std::vector<std::pair<std::string, std::chrono::milliseconds>> phases_of(const KnownSession& known) {
  std::vector<std::pair<std::string, std::chrono::milliseconds>> found;
  const Json phases = known.result.is_object() ? known.result.value("phases", Json()) : Json();
  for (const auto& phase : phases.is_array() ? phases : Json::array()) {
    if (phase.is_array() && phase.size() == 2 && phase[0].is_string() && phase[1].is_number_unsigned()) {
      found.emplace_back(phase[0].get<std::string>(), std::chrono::milliseconds(phase[1].get<std::uint64_t>()));
    }
  }
  return found;
}

}  // namespace agentbox
