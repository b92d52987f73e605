// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

/// A second reader of what a terminal is sent, for tests and fuzzing: written apart from the filter, and less
/// forgiving. It knows no policy but the most that any allows.
namespace agentbox::test {

/// The character, control character or sequence that text begins with, which is not empty.
inline std::string_view first_token(std::string_view text) {
  const auto size = [&](std::size_t length) { return text.substr(0, std::min(length, text.size())); };
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead != 0x1b) return size(lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4);
  if (text.size() < 2) return text;
  if (text[1] == '[') {
    for (std::size_t i = 2; i < text.size(); ++i) {
      if (text[i] >= '@' && text[i] <= '~') return size(i + 1);
    }
    return text;
  }
  if (std::string_view("]PX^_k").find(text[1]) != std::string_view::npos) {
    const std::size_t bell = text[1] == ']' ? text.find('\a') : std::string_view::npos;
    const std::size_t end = text.find("\x1b\\", 2);
    return bell < end ? size(bell + 1) : end == std::string_view::npos ? text : size(end + 2);
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] >= '0') return size(i + 1);
  }
  return text;
}

inline std::vector<std::string> terminal_tokens(std::string_view text) {
  std::vector<std::string> tokens;
  while (!text.empty()) {
    tokens.emplace_back(first_token(text));
    text.remove_prefix(tokens.back().size());
  }
  return tokens;
}

inline bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// "01;0" -> "1;0": ls and grep write such.
inline std::string without_leading_zeros(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = i == 0 || !is_digit(text[i - 1]) || plain.empty() || !is_digit(plain.back());
    const bool more = i + 1 < text.size() && is_digit(text[i + 1]);
    if (!(text[i] == '0' && begins && more)) plain += text[i];
  }
  return plain;
}

/// The most that is let through of control sequences. body: without `ESC [`.
inline bool is_harmless_csi(std::string_view body) {
  const std::string plain = without_leading_zeros(body.substr(0, body.size() - 1));
  const std::string_view head = plain;  // without the final byte
  const char final = body.back();
  const bool numbers = head.find_first_not_of("0123456789;") == std::string_view::npos;
  std::size_t digits = 0;
  for (const char c : head) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 5) return false;
  }
  if (final == 'm') return head.find_first_not_of(">?0123456789;:") == std::string_view::npos && head.size() < 300;
  if (final == 'h' || final == 'l') {
    if (head == "4") return true;
    if (!head.starts_with('?')) return false;
    for (std::size_t at = 0; at < head.size(); at = std::min(head.find(';', at + 1), head.size())) {
      const int mode = std::atoi(plain.c_str() + at + 1);
      for (const int harmful : {0, 2, 3, 8, 40, 42, 46, 67, 80, 1001, 1010, 1011, 1034, 1070, 5522, 9001}) {
        if (mode == harmful) return false;
      }
    }
    return head.substr(1).find_first_not_of("0123456789;") == std::string_view::npos;
  }
  if (final == 'c') return is_any_of(head, {"", "0", ">", ">0"});
  if (final == 'n') return is_any_of(head, {"5", "6", "?6", "?996"});
  if (final == 't') return is_any_of(head, {"14", "16", "18", "22;0", "23;0"});
  if (final == 'u') return numbers || head.find_first_not_of("0123456789;", 1) == std::string_view::npos;
  if (final == 'q') return is_any_of(head, {">", ">0"}) || (head.ends_with(' ') && head.size() <= 2);
  if (final == 'p') return head == "!" || (head.starts_with('?') && head.ends_with('$'));
  if (final == 'W') return head == "?5";
  if (is_any_of(body.substr(body.size() - std::min<std::size_t>(2, body.size())), {"$v", "$x", "$z"})) return true;
  return numbers && std::string_view("@ABCDEFGHIJKLMPSTXZ`abdefgrs").find(final) != std::string_view::npos;
}

/// The same for operating system commands. content: without `ESC ]` and the terminator.
inline bool is_harmless_osc(std::string_view content) {
  for (std::size_t i = 0; i < content.size(); ++i) {
    const auto byte = static_cast<unsigned char>(content[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte == 0xC2 && i + 1 < content.size() && static_cast<unsigned char>(content[i + 1]) < 0xA0) return false;
  }
  const std::string_view text = content.substr(std::min(content.find(';') + 1, content.size()));
  if (content.starts_with("0;") || content.starts_with("1;") || content.starts_with("2;")) return text.size() <= 256;
  if (content.starts_with("8;")) {
    const std::string_view uri = text.substr(std::min(text.find(';') + 1, text.size()));
    return uri.empty() || uri.starts_with("http://") || uri.starts_with("https://") || uri.starts_with("mailto:");
  }
  if (content.starts_with("52;")) return content.find('?') == std::string_view::npos && content.size() < 101'000;
  if (content.starts_with("9;")) return text.empty() || text[0] < '0' || text[0] > '9' || text.find(';') > 6;
  return content.starts_with("777;notify;") || content == "10;?" || content == "11;?";
}

inline bool is_harmless_token(std::string_view token) {
  const auto lead = static_cast<unsigned char>(token[0]);
  if (lead != 0x1b) {
    if (token.size() == 1) return (lead >= 0x20 && lead < 0x7f) || (lead >= 0x07 && lead <= 0x0f);
    return !(lead == 0xC2 && static_cast<unsigned char>(token[1]) < 0xA0);  // C1 controls
  }
  if (token.size() < 2) return false;
  if (token[1] == '[') return token.size() > 2 && token.back() >= '@' && is_harmless_csi(token.substr(2));
  if (token[1] == ']') {
    const std::size_t end = token.ends_with('\a') ? 1 : token.ends_with("\x1b\\") ? 2 : 0;
    return end > 0 && is_harmless_osc(token.substr(2, token.size() - 2 - end));
  }
  return is_any_of(token.substr(1), {"7", "8", "D", "E", "H", "M", "c", "=", ">", "(B", "(A", "(0", ")B", ")A", ")0"});
}

/// The first token of what a filter has let through that it should not have; empty: there is none.
inline std::string first_harmful(std::string_view shown) {
  for (const std::string& token : terminal_tokens(shown)) {
    if (!is_harmless_token(token)) return token;
  }
  return {};
}

}  // namespace agentbox::test
