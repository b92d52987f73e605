// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// What a guest has written and a person reads: messages, logs, egress.jsonl. No control character gets through, no bound
// is passed, and no name breaks a log's line or its chain.
#include "core/text.hpp"
#include "gateway/log/egress_record.hpp"
#include "relay/record/shown_text.hpp"

#include "support/check.hpp"

#include <nlohmann/json.hpp>

using namespace agentbox;
using fuzz::check;

namespace {

/// Neither C0, DEL nor C1 (U+0080 to U+009F, which in UTF-8 begin with C2), and UTF-8 throughout.
bool is_harmless(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
  }
  return !nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::strict).empty();
}

void check_escape(std::string_view text) {
  for (const std::size_t bound : {std::size_t{7}, std::size_t{80}, std::size_t{4096}}) {
    const std::string shown = escape_untrusted(text, bound);
    check(is_harmless(shown) && shown.size() <= bound + 3);
  }
}

void check_plain(std::string_view text) {
  for (const auto& line : split(shown_text(text), '\n')) {
    for (const char byte : line) check(byte == '\t' || static_cast<unsigned char>(byte) >= 0x20);
  }
}

void check_log(std::string_view text) {
  const auto [name, rule] = fuzz::cut_at_nul(text);
  const EgressRecord record{.session = "s", .what = "tcp", .name = std::string(name), .verdict = "refused", .rule = std::string(rule)};
  const std::string first = to_line(record, first_hash()) + "\n";
  check(std::count(first.begin(), first.end(), '\n') == 1 && is_harmless(first.substr(0, first.size() - 1)));
  check(!verify_egress_log(first, first_hash()));
  check(verify_egress_log(first + first, first_hash()).has_value());
  static_cast<void>(verify_egress_log(text, std::nullopt));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  check_escape(text);
  check_plain(text);
  check_log(text);
  check(!is_plain_name(text) || (is_harmless(text) && text.find('/') == std::string_view::npos && text.front() != '.'));
  fuzz::parses_or_throws([&] { return shell_quote(text); });
  return 0;
}
