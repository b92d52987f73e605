// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/change_json.hpp"

#include <fmt/format.h>

namespace agentbox {
namespace {

using Json = nlohmann::ordered_json;

const char* kind_word(const NodeState& state) {
  switch (state.kind) {
    case NodeState::Kind::absent:
      return "absent";
    case NodeState::Kind::file:
      return "file";
    case NodeState::Kind::directory:
      return "directory";
    case NodeState::Kind::link:
      return "link";
    case NodeState::Kind::other:
      break;
  }
  return "other";
}

const char* state_word(const Change& change) {
  switch (change.state) {
    case Change::State::open:
      return "open";
    case Change::State::applied:
      return "applied";
    case Change::State::partly:
      return "partly";
    case Change::State::on_branch:
      break;
  }
  return "on branch";
}

Json state_json(const NodeState& state) {
  Json json{{"kind", kind_word(state)}};
  if (state.kind == NodeState::Kind::file) {
    json.update({{"mode", fmt::format("{:04o}", state.mode)}, {"size", state.size}, {"sha256", state.digest}});
  } else if (state.kind == NodeState::Kind::directory) {
    json["mode"] = fmt::format("{:04o}", state.mode);
  } else if (state.kind == NodeState::Kind::link) {
    json["target"] = state.target;
  }
  return json;
}

}  // namespace

Json change_json(const ChangeSet& set, const std::vector<Change>& changes) {
  Json list = Json::array();
  for (const auto& change : changes) {
    Json one{{"path", change.path}, {"before", state_json(change.before)}, {"after", state_json(change.after)}};
    one["applied"] = change.state == Change::State::applied;
    one["state"] = state_word(change);
    one["conflict"] = change.meanwhile == Change::Meanwhile::changed;
    const auto held = reason_to_hold(change, set.project);
    one["held"] = held ? Json(*held) : Json(nullptr);
    list.push_back(std::move(one));
  }
  Json commits = Json::array();
  for (const auto& made : set.commits) {
    commits.push_back(Json{{"ref", made.ref}, {"commit", made.commit}});
  }
  Json left_out = Json::array();
  for (const auto& left : set.left_out) {
    left_out.push_back(Json{{"path", left.path}, {"files", left.files}});
  }
  return {{"session", set.id},    {"project", set.project},        {"created", set.created}, {"changes", list},
          {"commits", commits},   {"not_brought_out", set.odd},    {"left_out", left_out},
          {"closed", set.closed}, {"too_big", set.too_big}};
}

}  // namespace agentbox
