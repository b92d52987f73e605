// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/secret_text.hpp"

#include <string.h>  // explicit_bzero

#include <algorithm>
#include <utility>

namespace agentbox {

SecretText::SecretText(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
  std::copy(text.begin(), text.end(), bytes_.get());
}

SecretText::SecretText(SecretText&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void SecretText::wipe() noexcept {
  if (bytes_) ::explicit_bzero(bytes_.get(), size_);
  bytes_.reset();
  size_ = 0;
}

void wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // what an earlier, longer value left behind, too; needs no new memory
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  // volatile: else the compiler may see that the first difference decides.
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference =
        static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  return difference == 0;
}

}  // namespace agentbox
