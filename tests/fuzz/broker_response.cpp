// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// The broker's responses: the usage in them is the same however they are cut, and the key never gets through.
#include "gateway/broker/masker.hpp"
#include "gateway/broker/usage/usage_reader.hpp"
#include "support/check.hpp"

#include <string>
#include <string_view>

using namespace agentbox;
using fuzz::check;
using namespace agentbox::broker;

namespace {

const UsagePaths paths{.model = {"model", "m.model"},
                       .input = {"usage.i", "m.usage.i"},
                       .cached_input = {"usage.c"},
                       .cache_write = {},
                       .output = {"usage.o + usage.t"},
                       .cached = UsagePaths::Cached::included};
constexpr std::string_view key = "sk-sk-abcdsk-";

std::string usage_of(std::string_view text, UsageReader::Format format, std::size_t piece) {
  UsageReader reader(paths, format);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) reader.feed(text.substr(0, piece));
  reader.finish();
  const auto usage = reader.usage();
  if (!usage) return reader.model();
  return reader.model() + " " + std::to_string(usage->total()) + " " + std::to_string(usage->output);
}

std::string mask(std::string_view text, std::size_t piece) {
  Masker masker(key);
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) masker.feed(text.substr(0, piece), out);
  masker.finish(out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const auto format : {UsageReader::Format::json, UsageReader::Format::events})
    check(usage_of(text, format, size + 1) == usage_of(text, format, 1));
  const std::string whole = mask(text, size + 1);
  check(whole == mask(text, 1) && whole == mask(text, 7));
  check(whole.size() == size && whole.find(key) == std::string::npos);
  return 0;
}
