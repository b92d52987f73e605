// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/message_head.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {
namespace {

constexpr std::size_t kMostHeaders = 100;
constexpr std::size_t kLongestMethod = 20;

bool is_token_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}
/// Field values may hold bytes above 0x7F, which nobody gives a meaning, and tabs; no other control character.
bool is_value_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}
bool is_target_character(char c) { return c > 0x20 && c < 0x7F; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// A head cut into its lines, or why it is none.
struct Lines {
  std::vector<std::string_view> lines;  ///< without their CRLF and without the blank line
  std::size_t size = 0;
};

std::variant<Lines, HttpNeedMore, HttpProblem> cut_lines(std::string_view bytes, std::size_t limit) {
  Lines head;
  while (true) {
    const std::string_view rest = bytes.substr(head.size);
    const auto end = rest.find('\n');
    if (end == std::string_view::npos || head.size + end + 1 > limit) {
      return bytes.size() < limit ? std::variant<Lines, HttpNeedMore, HttpProblem>(HttpNeedMore{})
                                  : HttpProblem{431, "the head is too long"};
    }
    if (end == 0 || rest[end - 1] != '\r') {
      return HttpProblem{400, "a line of the head does not end in CRLF"};
    }
    const std::string_view line = rest.substr(0, end - 1);
    head.size += end + 1;
    if (line.empty() && !head.lines.empty()) {
      return head;
    }
    if (line.empty() || head.lines.size() > kMostHeaders) {
      return line.empty() ? HttpProblem{400, "an empty line where a request belongs"}
                          : HttpProblem{431, "there are too many header lines"};
    }
    head.lines.push_back(line);
  }
}

std::optional<HttpProblem> read_headers(const std::vector<std::string_view>& lines, std::vector<HttpHeader>& headers) {
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (line.front() == ' ' || line.front() == '\t') {
      return HttpProblem{400, "a header line is folded"};
    }
    const auto colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || !is_token(name)) {
      return HttpProblem{400, "a header line has no proper name"};
    }
    const std::string_view value = trim_blanks(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_character)) {
      return HttpProblem{400, "a header value holds a control character"};
    }
    headers.push_back({std::string(name), std::string(value)});
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
  if (text.empty() || text.size() > 18) {  // below 10^18: no overflow
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

/// The one length of a message. `otherwise` is what it is without any header that says.
std::variant<HttpBody, HttpProblem> read_body(const std::vector<HttpHeader>& headers, unsigned minor_version,
                                              HttpBody::Kind otherwise) {
  const auto lengths = header_values(headers, "content-length");
  const auto codings = header_values(headers, "transfer-encoding");
  if (!lengths.empty() && !codings.empty()) {
    return HttpProblem{400, "both Content-Length and Transfer-Encoding"};
  }
  if (lengths.size() > 1 || codings.size() > 1) {
    return HttpProblem{400, "the length of the body is given twice"};
  }
  if (!codings.empty()) {
    if (minor_version == 0 || !same_word(codings.front(), "chunked")) {
      return HttpProblem{400, "a Transfer-Encoding other than chunked"};
    }
    return HttpBody{HttpBody::Kind::chunked, 0};
  }
  if (lengths.empty()) {
    return HttpBody{otherwise, 0};
  }
  const auto length = parse_length(lengths.front());
  if (!length) {
    return HttpProblem{400, "Content-Length is not a number"};
  }
  return HttpBody{*length == 0 ? HttpBody::Kind::none : HttpBody::Kind::length, *length};
}

std::optional<unsigned> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return 1;
  if (text == "HTTP/1.0") return 0;
  return std::nullopt;
}

bool alive(const std::vector<HttpHeader>& headers, unsigned minor_version) {
  if (header_lists(headers, "connection", "close")) {
    return false;
  }
  return minor_version == 1 || header_lists(headers, "connection", "keep-alive");
}

std::optional<HttpProblem> read_request_line(std::string_view line, RequestHead& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return HttpProblem{400, "the request line is not METHOD TARGET VERSION"};
  }
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const auto version = parse_version(line.substr(last + 1));
  if (!version) {
    return HttpProblem{505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  }
  if (!is_token(line.substr(0, first)) || first > kLongestMethod || target.empty() ||
      !std::all_of(target.begin(), target.end(), is_target_character)) {
    return HttpProblem{400, "the request line is not METHOD TARGET VERSION"};
  }
  head.method = line.substr(0, first);
  head.target = target;
  head.minor_version = *version;
  return std::nullopt;
}

std::optional<HttpProblem> read_host(RequestHead& head) {
  const auto hosts = header_values(head.headers, "host");
  const bool missing = hosts.empty() || hosts.front().empty();
  if (hosts.size() > 1 || (missing && head.minor_version == 1)) {
    return HttpProblem{400, "a request has exactly one Host header"};
  }
  head.host = hosts.empty() ? std::string() : std::string(hosts.front());
  return std::nullopt;
}

}  // namespace

std::vector<std::string_view> header_values(const std::vector<HttpHeader>& headers, std::string_view name) {
  std::vector<std::string_view> values;
  for (const HttpHeader& header : headers) {
    if (same_word(header.name, name)) {
      values.push_back(header.value);
    }
  }
  return values;
}

void remove_header(std::vector<HttpHeader>& headers, std::string_view name) {
  std::erase_if(headers, [&](const HttpHeader& header) { return same_word(header.name, name); });
}

bool header_lists(const std::vector<HttpHeader>& headers, std::string_view name, std::string_view word) {
  for (const std::string_view value : header_values(headers, name)) {
    for (const std::string& item : split(value, ',')) {
      if (same_word(trim_blanks(item), word)) {
        return true;
      }
    }
  }
  return false;
}

bool RequestHead::keeps_alive() const { return alive(headers, minor_version); }
bool RequestHead::wants_upgrade() const {
  return !header_values(headers, "upgrade").empty() || header_lists(headers, "connection", "upgrade");
}
bool ResponseHead::keeps_alive() const { return alive(headers, minor_version); }

std::string RequestHead::to_string() const {
  std::string text = fmt::format("{} {} HTTP/1.{}\r\n", method, target, minor_version);
  for (const HttpHeader& header : headers) {
    text += header.name + ": " + header.value + "\r\n";
  }
  return text + "\r\n";
}

std::variant<RequestHead, HttpNeedMore, HttpProblem> parse_request_head(std::string_view bytes, std::size_t limit) {
  const auto cut = cut_lines(bytes, limit);
  if (std::holds_alternative<HttpNeedMore>(cut)) return HttpNeedMore{};
  if (const auto* problem = std::get_if<HttpProblem>(&cut)) return *problem;
  const Lines& lines = std::get<Lines>(cut);
  RequestHead head;
  head.size = lines.size;
  if (const auto problem = read_request_line(lines.lines.front(), head)) return *problem;
  if (const auto problem = read_headers(lines.lines, head.headers)) return *problem;
  if (const auto problem = read_host(head)) return *problem;
  const auto body = read_body(head.headers, head.minor_version, HttpBody::Kind::none);
  if (const auto* problem = std::get_if<HttpProblem>(&body)) return *problem;
  head.body = std::get<HttpBody>(body);
  return head;
}

std::variant<ResponseHead, HttpNeedMore, HttpProblem> parse_response_head(std::string_view bytes, std::size_t limit) {
  const auto cut = cut_lines(bytes, limit);
  if (std::holds_alternative<HttpNeedMore>(cut)) return HttpNeedMore{};
  if (const auto* problem = std::get_if<HttpProblem>(&cut)) return *problem;
  const Lines& lines = std::get<Lines>(cut);
  const std::string_view status_line = lines.lines.front();
  const auto version = parse_version(status_line.substr(0, 8));
  const bool shaped =
      status_line.size() >= 12 && status_line[8] == ' ' && (status_line.size() == 12 || status_line[12] == ' ');
  const auto code = shaped ? parse_length(status_line.substr(9, 3)) : std::nullopt;
  if (!version || !code || *code < 100 || *code > 599) {
    return HttpProblem{502, "the server does not speak HTTP/1"};
  }
  ResponseHead head{
      .status = static_cast<unsigned>(*code), .minor_version = *version, .headers = {}, .body = {}, .size = lines.size};
  if (const auto problem = read_headers(lines.lines, head.headers)) return *problem;
  const bool bodiless = head.status < 200 || head.status == 204 || head.status == 304;
  const auto body = read_body(head.headers, head.minor_version, HttpBody::Kind::until_close);
  if (const auto* problem = std::get_if<HttpProblem>(&body)) return *problem;
  head.body = bodiless ? HttpBody{} : std::get<HttpBody>(body);
  return head;
}

HttpGuess guess_http(std::string_view bytes) {
  constexpr std::size_t longest_line = 8192;
  const HttpGuess unended = bytes.size() < longest_line ? HttpGuess::maybe : HttpGuess::yes;
  if (!bytes.empty() && (bytes.front() == '\r' || bytes.front() == '\n')) {
    return HttpGuess::yes;
  }
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  const auto word = std::find_if_not(bytes.begin(), bytes.end(), blank);
  const auto end = std::find_if_not(word, bytes.end(), is_token_character);
  if (end == bytes.end()) {
    return unended;
  }
  if (end == word || !blank(*end)) {
    return HttpGuess::no;
  }
  std::string line(bytes.substr(0, bytes.find('\n')));
  std::transform(line.begin(), line.end(), line.begin(), lower);
  if (line.find("http/") != std::string::npos || line.find("://") != std::string::npos) {
    return HttpGuess::yes;
  }
  return line.size() == bytes.size() ? unended : HttpGuess::no;
}

}  // namespace agentbox
