// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/choose_settings.hpp"

#include "core/error.hpp"
#include "core/secret_shape.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace agentbox {
namespace {

using Json = nlohmann::ordered_json;

enum class Scrubbed { no, yes };

/// Takes secrets out of an object or list, at any depth.
Scrubbed scrub(Json& value) {
  const auto is_secret = [](const Json& one) {
    return one.is_string() && holds_secret_shape(one.get_ref<const std::string&>());
  };
  Scrubbed scrubbed = Scrubbed::no;
  if (!value.is_structured()) return scrubbed;
  Json kept = value.is_object() ? Json::object() : Json::array();
  for (auto item = value.begin(); item != value.end(); ++item) {
    if (is_secret(*item) || (value.is_object() && (names_secret(item.key()) || holds_secret_shape(item.key())))) {
      scrubbed = Scrubbed::yes;
      continue;
    }
    if (scrub(*item) == Scrubbed::yes) scrubbed = Scrubbed::yes;
    if (value.is_object())
      kept[item.key()] = std::move(*item);
    else
      kept.push_back(std::move(*item));
  }
  value = std::move(kept);
  return scrubbed;
}

void lay_over(Json& below, const Json& above) {
  if (!below.is_object() || !above.is_object()) {
    below = above;
    return;
  }
  for (const auto& [name, value] : above.items()) lay_over(below[name], value);
}

ChosenSettings choose_in_json(std::string_view host, std::string_view seed, const std::vector<std::string>& keys) {
  const Json settings = Json::parse(host, nullptr, false, true);
  if (settings.is_discarded() || !settings.is_object()) throw Error(ErrorKind::config, "it is no JSON object");
  ChosenSettings result;
  Json merged = Json::object();
  for (const std::string& key : keys) {
    const std::vector<std::string> names = split(key, '.');
    const Json* found = &settings;
    for (const std::string& name : names)
      found = found != nullptr && found->is_object() && found->contains(name) ? &(*found)[name] : nullptr;
    if (found == nullptr) continue;
    Json holder = Json::array({*found});  // so that a plain value can be left out, too
    if (scrub(holder) == Scrubbed::yes || names_secret(names.back())) result.secrets.push_back(key);
    if (holder.empty() || names_secret(names.back())) continue;
    Json* place = &merged;
    for (const std::string& name : names) place = &(*place)[name];
    *place = std::move(holder[0]);
    result.taken.push_back(key);
  }
  if (!seed.empty()) lay_over(merged, Json::parse(seed));
  result.content = merged.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return result;
}

/// "key = value" with a value that needs no more than this line: a number, true or false, a string without escapes.
std::optional<std::pair<std::string, std::string>> plain_setting(const std::string& line) {
  const auto equals = line.find('=');
  if (equals == std::string::npos) return std::nullopt;
  const std::string key{trim(line.substr(0, equals))};
  std::string value{trim(line.substr(equals + 1))};
  const auto after = value.starts_with('"') ? value.find('"', 1) : std::string::npos;
  const auto comment = value.find('#', after == std::string::npos ? 0 : after);
  if (!value.starts_with('"') || after != std::string::npos) value = trim(std::string_view(value).substr(0, comment));
  const auto of_word = [](const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '+';
    });
  };
  const auto of_string = [](const std::string& text) {
    return text.size() >= 2 && text.front() == '"' && text.back() == '"' &&
           std::all_of(text.begin() + 1, text.end() - 1,
                       [](unsigned char c) { return c >= ' ' && c != 0x7f && c != '"' && c != '\\'; });
  };
  if (!of_word(key) || (!of_word(value) && !of_string(value))) return std::nullopt;
  return std::pair(key, value);
}

std::vector<std::pair<std::string, std::string>> settings_above_tables(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> settings;
  bool in_lines = false;  // of a string of more than one
  for (const std::string& line : split(std::string(text), '\n')) {
    const std::string plain{trim(line)};
    if (!in_lines && plain.starts_with('[')) break;
    bool toggles = false;
    for (const char* quotes : {"\"\"\"", "'''"}) {
      for (auto at = plain.find(quotes); at != std::string::npos; at = plain.find(quotes, at + 3)) toggles = !toggles;
    }
    if (!in_lines && !toggles) {
      if (auto setting = plain_setting(plain)) settings.push_back(std::move(*setting));
    }
    in_lines = in_lines != toggles;
  }
  return settings;
}

ChosenSettings choose_in_toml(std::string_view host, std::string_view seed, const std::vector<std::string>& keys) {
  const auto of_seed = settings_above_tables(seed);
  ChosenSettings result;
  for (const auto& [key, value] : settings_above_tables(host)) {
    const bool in_seed =
        std::any_of(of_seed.begin(), of_seed.end(), [&key = key](const auto& one) { return one.first == key; });
    if (in_seed || std::find(keys.begin(), keys.end(), key) == keys.end()) continue;
    if (std::find(result.taken.begin(), result.taken.end(), key) != result.taken.end()) continue;
    if (names_secret(key) || holds_secret_shape(value)) {
      result.secrets.push_back(key);
      continue;
    }
    result.content += key + " = " + value + "\n";
    result.taken.push_back(key);
  }
  result.content += seed;
  return result;
}

}  // namespace

ChosenSettings choose_settings(std::string_view host, std::string_view seed, const AgentSettings::Chosen& chosen) {
  return chosen.format == SeedFile::Format::toml ? choose_in_toml(host, seed, chosen.keys)
                                                 : choose_in_json(host, seed, chosen.keys);
}

}  // namespace agentbox
