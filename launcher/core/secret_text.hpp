// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace agentbox {

/// A secret in memory of its own, overwritten when it goes. Moves do not leave a copy behind, and there are none else:
/// who wants one says clone(). Never printed: there is no conversion to a string, only a view for those who must have
/// the bytes.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string_view text);
  SecretText(SecretText&& other) noexcept;
  SecretText& operator=(SecretText&& other) noexcept;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { wipe(); }

  [[nodiscard]] SecretText clone() const { return SecretText(view()); }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  void wipe() noexcept;

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

/// Overwrites a string's bytes, in a way that the compiler does not leave out, and empties it.
void wipe(std::string& text) noexcept;

/// A string for a secret in the making, wiped however its scope is left. Reserve its size first: a string that grows
/// leaves its earlier, smaller selves in freed memory.
struct WipedString {
  std::string text;
  WipedString() = default;
  WipedString(const WipedString&) = delete;
  WipedString& operator=(const WipedString&) = delete;
  ~WipedString() { wipe(text); }
};

/// Whether two texts are the same, in a time that depends on their lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace agentbox
