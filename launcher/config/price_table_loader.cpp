// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/loaders.hpp"
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace agentbox {
namespace {

/// Written in dollars per million tokens, as price lists do.
Money read_price(const YamlNode& node) {
  return node.convert([](const std::string& word) { return Money::parse(word); }).millionth();
}

TokenPrices read_prices(const YamlMapping& fields) {
  TokenPrices prices{.input = read_price(fields.required("input")),
                     .cached_input = {},
                     .cache_write = {},
                     .output = read_price(fields.required("output"))};
  const YamlNode* cached = fields.find("cached-input");
  const YamlNode* write = fields.find("cache-write");
  prices.cached_input = cached == nullptr ? prices.input : read_price(*cached);
  prices.cache_write = write == nullptr ? prices.input : read_price(*write);
  return prices;
}

std::string read_models(const YamlNode& node) {
  std::string pattern = node.line();
  if (pattern.find('/') != std::string::npos)
    throw node.error("a model's name stands here without the vendor's prefix", "as in claude-opus-4-*");
  return pattern;
}

PriceTable::Loopback parse_loopback_price(const std::string& word) {
  if (word == "free") return PriceTable::Loopback::free;
  if (word == "listed") return PriceTable::Loopback::listed;
  throw Error(ErrorKind::usage, fmt::format("unknown word \"{}\"", escape_untrusted(word, 80)),
              "it is one of: free, listed");
}

}  // namespace

PriceTable parse_price_table(std::string_view text, const std::filesystem::path& source) {
  const YamlNode root = parse_yaml(text, source.string());
  const YamlMapping fields = root.mapping({"models", "unknown", "loopback"});
  PriceTable table;
  table.source = source;
  std::vector<std::string> patterns;
  for (const YamlNode& item : fields.required("models").items()) {
    const YamlMapping entry = item.mapping({"model", "input", "cached-input", "cache-write", "output"});
    const std::string models = read_models(entry.required("model"));
    add_unique(patterns, models, entry.required("model"));
    table.entries.push_back({.models = models, .prices = read_prices(entry)});
  }
  table.unknown = read_prices(fields.required("unknown").mapping({"input", "cached-input", "cache-write", "output"}));
  if (const YamlNode* loopback = fields.find("loopback")) {
    table.loopback = loopback->convert(parse_loopback_price);
  }
  return table;
}

}  // namespace agentbox
