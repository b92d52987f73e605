// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace agentbox {

// What stands in a document that may be of another version: a value that is not there, or is of another kind, is none.

inline std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);  // of what is no object: end()
  if (found == object.end() || found->is_null()) {
    return {};
  }
  return found->is_string() ? found->get<std::string>() : found->dump();
}

inline std::uint64_t count_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

}  // namespace agentbox
