// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/record/cast_reader.hpp"

#include "core/error.hpp"
#include "core/hostile_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace agentbox {
namespace {

constexpr int largest_side = 10000;

int side(const nlohmann::json& header, const char* name) {
  const auto found = header.find(name);
  return found != header.end() && found->is_number_integer() ? std::clamp(found->get<int>(), 1, largest_side) : 0;
}

}  // namespace

std::optional<CastLine> parse_cast_line(const std::string& line) {
  const auto event = parse_hostile_json(line);
  constexpr std::size_t parts = 3;
  if (!event.is_array() || event.size() != parts || !event[0].is_number() || !event[1].is_string() ||
      !event[2].is_string()) {
    return std::nullopt;
  }
  return CastLine{.at = event[0].get<double>(),
                  .output = event[1] == "o" ? std::optional(event[2].get<std::string>()) : std::nullopt};
}

CastReader::CastReader(std::istream& stream) : stream_(stream) {
  std::string line;
  const auto header = read_line(line) ? parse_hostile_json(line) : nlohmann::json();
  const auto version = header.is_object() ? header.find("version") : header.end();
  if (!header.is_object() || version == header.end() || *version != 2) {
    throw Error(ErrorKind::usage, "that is no recording of a terminal", "it is to be an asciinema cast, version 2");
  }
  size_ = {.columns = side(header, "width"), .rows = side(header, "height")};
}

bool CastReader::read_line(std::string& line) {
  line.clear();
  for (char c = 0; stream_.get(c) && c != '\n';) {
    if (line.size() == longest_line) {
      return false;
    }
    line += c;
  }
  return !line.empty();
}

std::optional<CastEvent> CastReader::next() {
  for (std::string line; read_line(line);) {
    auto event = parse_cast_line(line);
    if (!event) {
      return std::nullopt;
    }
    last_ = std::isfinite(event->at) ? std::max(event->at, last_) : last_;  // time does not go back
    if (event->output) {
      return CastEvent{std::chrono::duration<double>(last_), std::move(*event->output)};
    }
  }
  return std::nullopt;
}

}  // namespace agentbox
