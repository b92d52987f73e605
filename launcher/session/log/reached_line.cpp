// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/log/reached_line.hpp"

#include "core/hostile_json.hpp"
#include "core/units.hpp"
#include "session/log/json_fields.hpp"

#include <fmt/format.h>

#include <limits>

namespace agentbox {

std::optional<ReachedLine> parse_reached_line(const std::string& line) {
  const nlohmann::json json = parse_hostile_json(line);
  if (!json.is_object()) {
    return std::nullopt;
  }
  const std::string name = text_at(json, "name");
  const std::uint64_t repeated = count_at(json, "repeated");
  return ReachedLine{.time = text_at(json, "time"),
                     .verdict = text_at(json, "verdict"),
                     .times = repeated == std::numeric_limits<std::uint64_t>::max() ? repeated : repeated + 1,
                     .what = text_at(json, "what"),
                     .host = name.empty() ? text_at(json, "address") : name,
                     .port = count_at(json, "port"),
                     .up = count_at(json, "up"),
                     .down = count_at(json, "down"),
                     .rule = text_at(json, "rule")};
}

std::vector<std::string> words_of(const ReachedLine& line) {
  const bool moved = line.up != 0 || line.down != 0;
  return {line.time, line.verdict + (line.times == 1 ? "" : fmt::format(" {} times", line.times)),
          line.what + " " + line.host + (line.port == 0 ? "" : ":" + std::to_string(line.port)),
          moved ? ByteSize(line.up).to_string() + " up, " + ByteSize(line.down).to_string() + " down" : "", line.rule};
}

}  // namespace agentbox
