// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Seed files: a template, and behind a NUL the project's path, which may hold any byte. A value never changes what the
// file is made of: JSON stays the JSON that it was, with other texts in it.
#include "config/seed_template.hpp"

#include "support/check.hpp"

#include <nlohmann/json.hpp>

using namespace agentbox;
using fuzz::check;
using nlohmann::json;

namespace {

std::string render(const SeedFile& seed, const std::string& value) {
  return render_seed(seed, {.project = value, .home = value, .base_url = value, .key_tail20 = value});
}

/// The texts aside: only they may differ. Names of members may hold placeholders, too, and then sort otherwise.
std::string shape(const nlohmann::ordered_json& value) {
  if (value.is_string()) return "\"";
  if (!value.is_structured()) return value.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string text(1, value.is_object() ? '{' : '[');
  for (const auto& item : value) text += shape(item) + ",";
  return text + (value.is_object() ? '}' : ']');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto halves = fuzz::cut_at_nul(fuzz::text_of(data, size));
  const std::string content(halves.first);
  const std::string value(halves.second);
  for (const auto format : {SeedFile::Format::text, SeedFile::Format::json, SeedFile::Format::toml}) {
    const SeedFile seed{.path = "f", .content = content, .format = format};
    fuzz::parses_or_throws([&] {
      check_seed(seed);
      const std::string harmless = render(seed, "harmless");
      const std::string hostile = render(seed, value);
      if (format == SeedFile::Format::text || content.size() > 500) return 0;
      check(std::count(harmless.begin(), harmless.end(), '\n') == std::count(hostile.begin(), hostile.end(), '\n'));
      const auto one = nlohmann::ordered_json::parse(harmless, nullptr, false);
      const auto two = nlohmann::ordered_json::parse(hostile, nullptr, false);
      check(one.is_discarded() || (!two.is_discarded() && shape(one) == shape(two)));
      return 0;
    });
  }
  return 0;
}
