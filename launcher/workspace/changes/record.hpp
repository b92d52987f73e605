// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "workspace/changes/change.hpp"

// How change sets and journals stand on the disk: fields, each ended by NUL, since names are bytes.
namespace agentbox {

void put_field(std::string& text, std::string_view field);
/// kind, mode, size, digest, target
void put_state(std::string& text, const NodeState& state);

/// Reads fields one after the other. Throws Error{environment} for what cannot be one.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}
  std::string text();
  std::uint64_t number();
  /// The place of a field of one letter among these.
  std::size_t choice(std::string_view letters);
  NodeState state();
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// For a record that says what it cannot say.
[[noreturn]] void damaged_record();

}  // namespace agentbox
