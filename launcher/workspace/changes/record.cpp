// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/record.hpp"

#include <charconv>

#include "core/error.hpp"

namespace agentbox {
namespace {

constexpr std::string_view kinds = "-fdlo";  // in the order of NodeState::Kind

}  // namespace

void damaged_record() { throw Error(ErrorKind::environment, "the record of changes was damaged"); }

void put_field(std::string& text, std::string_view field) { (text += field) += '\0'; }

void put_state(std::string& text, const NodeState& state) {
  put_field(text, kinds.substr(static_cast<std::size_t>(state.kind), 1));
  put_field(text, std::to_string(state.mode));
  put_field(text, std::to_string(state.size));
  put_field(text, state.digest);
  put_field(text, state.target);
}

std::string FieldReader::text() {
  const auto end = rest_.find('\0');
  if (end == std::string_view::npos) {
    damaged_record();
  }
  std::string field(rest_.substr(0, end));
  rest_.remove_prefix(end + 1);
  return field;
}

std::uint64_t FieldReader::number() {
  const std::string field = text();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc{} || end != field.data() + field.size()) {
    damaged_record();
  }
  return value;
}

std::size_t FieldReader::choice(std::string_view letters) {
  const std::string field = text();
  const auto at = field.size() == 1 ? letters.find(field) : std::string_view::npos;
  if (at == std::string_view::npos) {
    damaged_record();
  }
  return at;
}

NodeState FieldReader::state() {
  NodeState state;
  state.kind = static_cast<NodeState::Kind>(choice(kinds));
  state.mode = static_cast<unsigned>(number());
  state.size = number();
  state.digest = text();
  state.target = text();
  return state;
}

}  // namespace agentbox
