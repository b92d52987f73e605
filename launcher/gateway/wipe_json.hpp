// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/secret_text.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace agentbox {

/// Overwrites each text in value (not the names of members), as far as a json value lets us.
inline void wipe_secrets(nlohmann::json& value) noexcept {
  if (value.is_string()) wipe(value.get_ref<std::string&>());
  if (value.is_structured()) {
    for (nlohmann::json& part : value) wipe_secrets(part);
  }
}

/// Calls wipe_secrets(value) however its scope is left.
template <typename Value>
class WipedAtEnd {
 public:
  explicit WipedAtEnd(Value& value) : value_(value) {}
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;
  ~WipedAtEnd() { wipe_secrets(value_); }

 private:
  Value& value_;
};

}  // namespace agentbox
