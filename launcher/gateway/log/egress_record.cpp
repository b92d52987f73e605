// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/log/egress_record.hpp"

#include "core/hostile_json.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

namespace agentbox {
namespace {

constexpr std::size_t kLongestText = 300;

std::string timestamp(std::chrono::system_clock::time_point time) {
  const auto since_epoch = time.time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(time)),
                     milliseconds);
}

}  // namespace

std::string first_hash() { return std::string(64, '0'); }

std::string to_line(const EgressRecord& record, std::string_view previous_hash) {
  nlohmann::ordered_json line{{"time", timestamp(record.time)},
                              {"session", escape_untrusted(record.session, kLongestText)},
                              {"what", record.what},
                              {"name", escape_untrusted(record.name, kLongestText)},
                              {"address", record.address},
                              {"port", record.port},
                              {"verdict", record.verdict},
                              {"rule", escape_untrusted(record.rule, kLongestText)},
                              {"up", record.bytes_up},
                              {"down", record.bytes_down},
                              {"ms", record.duration.count()}};
  if (record.repeated != 0) {
    line["repeated"] = record.repeated;
  }
  line["prev"] = previous_hash;
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Chain follow_chain(std::string_view text, const std::optional<std::string>& expected) {
  Chain chain;
  std::optional<std::string> hash = expected;
  const auto broken = [&](const char* reason) {
    chain.problem = ChainProblem{chain.lines + 1, reason};
    return chain;
  };
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) {
      return broken("the line is cut off");
    }
    const std::string_view line = text.substr(0, end);
    const auto json = parse_hostile_json(line);
    if (!json.is_object() || !json.contains("prev") || !json["prev"].is_string()) {
      return broken("the line is no record");
    }
    if (hash && json["prev"].get<std::string>() != *hash) {
      return broken("the line does not follow the one before it");
    }
    hash = chain.last_hash = sha256_hex(line);
    ++chain.lines;
    text.remove_prefix(end + 1);
  }
  return chain;
}

std::optional<ChainProblem> verify_egress_log(std::string_view text, const std::optional<std::string>& expected) {
  return follow_chain(text, expected).problem;
}

}  // namespace agentbox
