// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/strict_json.hpp"

#include "core/error.hpp"
#include "core/hostile_json.hpp"
#include "core/text.hpp"
#include "sys/guarded_read.hpp"

#include <fmt/chrono.h>

#include <chrono>

namespace agentbox {

StrictJson::StrictJson(std::string where, nlohmann::json object)
    : where_(std::move(where)), object_(std::move(object)) {
  if (!object_.is_object()) {
    throw Error(ErrorKind::environment, where_ + ": not a JSON object");
  }
}

StrictJson StrictJson::load(const std::filesystem::path& path) {
  const std::string content = read_regular_file(path, ByteSize::mebibytes(1));
  auto value = parse_hostile_json(content);
  return StrictJson(escape_untrusted(path.native()), std::move(value));
}

const nlohmann::json& StrictJson::at(const std::string& key) {
  asked_.insert(key);
  const auto found = object_.find(key);
  if (found == object_.end()) {
    refuse(key, "is missing");
  }
  return *found;
}

std::string StrictJson::text(const std::string& key) {
  const auto& value = at(key);
  if (!value.is_string()) {
    refuse(key, "is not a text");
  }
  return value.get<std::string>();
}

std::vector<std::string> StrictJson::texts(const std::string& key) {
  const auto& value = at(key);
  std::vector<std::string> list;
  if (!value.is_array()) {
    refuse(key, "is not a list");
  }
  for (const auto& item : value) {
    if (!item.is_string()) {
      refuse(key, "holds something other than texts");
    }
    list.push_back(item.get<std::string>());
  }
  return list;
}

std::int64_t StrictJson::integer(const std::string& key, std::int64_t least, std::int64_t most) {
  const auto& value = at(key);
  if (!value.is_number_integer()) {
    refuse(key, "is not a whole number");
  }
  const bool too_large =
      value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const auto number = too_large ? most : value.get<std::int64_t>();
  if (too_large || number < least || number > most) {
    refuse(key, "is out of range");
  }
  return number;
}

StrictJson StrictJson::object(const std::string& key) { return StrictJson(where_ + ": \"" + key + "\"", at(key)); }

void StrictJson::finish() const {
  for (const auto& item : object_.items()) {
    if (!asked_.contains(item.key())) {
      refuse(item.key(), "is not known");
    }
  }
}

void StrictJson::refuse(const std::string& key, const std::string& what) const {
  throw Error(ErrorKind::environment, where_ + ": \"" + escape_untrusted(key, 64) + "\" " + what);
}

std::string to_json_text(const nlohmann::json& value) {
  return value.dump(2, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string utc_timestamp() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

}  // namespace agentbox
