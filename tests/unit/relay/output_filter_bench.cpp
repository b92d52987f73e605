// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/filter/output_filter.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <cstdio>
#include <string>

namespace agentbox::output_filter_bench {

// Not a test: `test_unit_relay [bench]` prints how fast the filter is, beside a mere copy of the same pieces.

namespace {

constexpr std::size_t piece = 32768;
constexpr std::size_t total = std::size_t{200} << 20U;

template <class Take>
double megabytes_per_second(const std::string& text, Take take) {
  std::string pieces;
  while (pieces.size() < 16 * piece) {
    pieces += text;
  }
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t done = 0; done < total; done += piece) {
    take(std::string_view(pieces).substr(done % (15 * piece), piece));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(total) / 1e6 / took.count();
}

}  // namespace

TEST_CASE("how fast the output filter is; a benchmark", "[.][bench]") {
  const std::pair<const char*, std::string> texts[] = {
      {"lines of ASCII", "a line of text as a compiler might print it, with some length\r\n"},
      {"lines of mixed UTF-8", "eine Zeile mit \xc3\xa4\xc3\xb6\xc3\xbc und \xe2\x94\x82 dazwischen, wie sie vorkommt\r\n"},
      {"box drawing only", "\xe2\x94\x80\xe2\x94\x82\xe2\x94\xbc"},
      {"coloured words", "\x1b[38;2;215;119;87mword\x1b[0m other "},
      {"a string to be dropped", "\x1bPq" + std::string(1000, '~') + "\x1b\\"},
  };
  for (const auto& [name, text] : texts) {
    std::string copy;
    const double copied = megabytes_per_second(text, [&copy](std::string_view part) { copy.assign(part); });
    OutputFilter filter({}, OutputUse::interactive, Encoding::utf8);
    const double filtered = megabytes_per_second(text, [&filter](std::string_view part) { filter.filter(part); });
    std::printf("%-24s filter %6.0f MB/s, copy %6.0f MB/s\n", name, filtered, copied);
  }
}

}  // namespace agentbox::output_filter_bench
