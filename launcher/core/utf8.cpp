// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/utf8.hpp"

#include <array>

namespace agentbox {
namespace {

struct Utf8Form {
  unsigned mask;  // of the first byte
  unsigned lead;  // what the masked first byte must be
  std::size_t length;
  char32_t smallest;  // anything below is an overlong form
};

constexpr std::array<Utf8Form, 4> utf8_forms{{
    {0x80, 0x00, 1, 0x0},
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
}};

unsigned byte_at(std::string_view text, std::size_t index) { return static_cast<unsigned char>(text[index]); }

const Utf8Form* form_of(std::string_view text) {
  for (const Utf8Form& form : utf8_forms) {
    if ((byte_at(text, 0) & form.mask) == form.lead) return &form;
  }
  return nullptr;
}

bool is_scalar_value(char32_t code) { return code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF); }

std::optional<char32_t> decode(std::string_view text, const Utf8Form& form) {
  if (text.size() < form.length) return std::nullopt;
  char32_t code = byte_at(text, 0) & ~form.mask;
  for (std::size_t i = 1; i < form.length; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80U) return std::nullopt;
    code = (code << 6U) | (byte_at(text, i) & 0x3FU);
  }
  if (code < form.smallest || !is_scalar_value(code)) return std::nullopt;
  return code;
}

}  // namespace

Utf8Character first_utf8_character(std::string_view text) {
  if (const Utf8Form* form = form_of(text)) {
    if (const auto code = decode(text, *form)) return {form->length, code};
  }
  return {1, std::nullopt};
}

bool is_cut_utf8_character(std::string_view text) {
  const Utf8Form* form = text.empty() ? nullptr : form_of(text);
  if (form == nullptr || text.size() >= form->length) return false;
  // Whether any end makes a character of it is decided by the first two bytes: one of the lowest and the highest end
  // does.
  for (const char fill : {'\x80', '\xBF'}) {
    std::array<char, 4> whole{fill, fill, fill, fill};
    text.copy(whole.data(), whole.size());
    if (decode({whole.data(), form->length}, *form)) return true;
  }
  return false;
}

}  // namespace agentbox
