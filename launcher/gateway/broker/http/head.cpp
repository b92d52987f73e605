// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/http/head.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>

namespace agentbox::broker {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

/// Visible ASCII, bytes above it, space and tab.
bool is_value_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// Space and tab are the only white space of HTTP; trim() knows more.
std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

BadHead bad(std::string why, int status = 400) { return {status, std::move(why)}; }

/// The lines of a head, without the empty one at its end; no value when a line ends otherwise than by CR LF.
std::optional<std::vector<std::string_view>> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    if (end == npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != npos) return std::nullopt;
    text.remove_prefix(end + 2);
    if (line.empty()) return text.empty() ? std::optional(lines) : std::nullopt;
    lines.push_back(line);
  }
  return std::nullopt;
}

std::optional<BadHead> add_header(std::string_view line, std::vector<Header>& headers) {
  if (line.front() == ' ' || line.front() == '\t') return bad("a header is folded over two lines");
  const auto colon = line.find(':');
  if (colon == npos) return bad("a header has no colon");
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name)) return bad("a header's name is not a name");
  const std::string_view value = without_blanks(line.substr(colon + 1));
  if (!std::all_of(value.begin(), value.end(), is_value_character)) return bad("a header holds a control character");
  headers.push_back({lower(name), std::string(value)});
  return std::nullopt;
}

std::optional<BadHead> add_headers(const std::vector<std::string_view>& lines, std::size_t most,
                                   std::vector<Header>& headers) {
  if (lines.size() - 1 > most) return bad("there are too many headers", 431);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (auto wrong = add_header(lines[i], headers)) return wrong;
  }
  return std::nullopt;
}

std::vector<std::string_view> values_of(const std::vector<Header>& headers, std::string_view name) {
  std::vector<std::string_view> result;
  for (const Header& header : headers) {
    if (header.name == name) result.push_back(header.value);
  }
  return result;
}

/// What content-length and transfer-encoding say; no value when neither is there.
std::variant<std::optional<Framing>, BadHead> framing_of(const std::vector<Header>& headers) {
  const auto lengths = values_of(headers, "content-length");
  const auto encodings = values_of(headers, "transfer-encoding");
  if (!lengths.empty() && !encodings.empty()) return bad("it has both a content-length and a transfer-encoding");
  if (lengths.size() > 1 || encodings.size() > 1) return bad("it says twice how long its body is");
  if (!encodings.empty()) {
    if (lower(encodings.front()) != "chunked") return bad("its transfer-encoding is not chunked");
    return Framing{.kind = Framing::Kind::chunked};
  }
  if (lengths.empty()) return std::optional<Framing>();
  const std::string_view text = lengths.front();
  Framing framing{.kind = Framing::Kind::length};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), framing.length);
  // from_chars takes no sign for an unsigned number; 18 digits do not overflow in anybody's reading.
  if (text.empty() || text.size() > 18 || error != std::errc() || end != text.data() + text.size())
    return bad("its content-length is not a number");
  return framing;
}

bool list_has(const std::vector<std::string_view>& values, std::string_view token) {
  for (const std::string_view value : values) {
    for (const std::string& item : split(value, ',')) {
      if (lower(without_blanks(item)) == token) return true;
    }
  }
  return false;
}

std::optional<BadHead> read_request_line(std::string_view line, RequestHead& head) {
  const auto parts = split(line, ' ');
  if (parts.size() != 3 || !is_token(parts[0])) return bad("its first line is not METHOD TARGET VERSION");
  if (parts[2] != "HTTP/1.1") return bad("it is not HTTP/1.1", parts[2].starts_with("HTTP/") ? 505 : 400);
  const bool visible = std::all_of(parts[1].begin(), parts[1].end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (parts[1].empty() || !visible) return bad("its target holds what does not belong into a URL");
  head.method = parts[0];
  head.target = parts[1];
  return std::nullopt;
}

std::optional<BadHead> read_status_line(std::string_view line, ResponseHead& head) {
  // "HTTP/1.1 200 OK"; the reason is not worth reading.
  const bool known = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!known || line.size() < 12 || (line.size() > 12 && line[12] != ' '))
    return bad("its first line is no status line");
  const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, head.status);
  if (error != std::errc() || end != line.data() + 12 || head.status < 100 || head.status > 599)
    return bad("its status is not a number from 100 to 599");
  if (line[7] == '0') head.connection = ResponseHead::Connection::close;
  return std::nullopt;
}

}  // namespace

std::vector<std::string_view> RequestHead::values(std::string_view name) const { return values_of(headers, name); }

bool RequestHead::has_token(std::string_view name, std::string_view token) const {
  return list_has(values(name), token);
}

std::optional<std::string_view> ResponseHead::value(std::string_view name) const {
  const auto all = values_of(headers, name);
  return all.empty() ? std::nullopt : std::optional(all.front());
}

std::size_t head_length(std::string_view bytes) {
  const auto proper = bytes.find("\r\n\r\n");
  const auto bare = bytes.find("\n\n");
  const auto mixed = bytes.find("\n\r\n");
  const std::size_t end =
      std::min({proper == npos ? npos : proper + 4, bare == npos ? npos : bare + 2, mixed == npos ? npos : mixed + 3});
  return end;
}

std::variant<RequestHead, BadHead> parse_request_head(std::string_view text, std::size_t most_headers) {
  const auto lines = lines_of(text);
  if (!lines || lines->empty()) return bad("a line does not end with CR LF");
  RequestHead head;
  if (auto wrong = read_request_line(lines->front(), head)) return *wrong;
  if (auto wrong = add_headers(*lines, most_headers, head.headers)) return *wrong;
  if (head.values("host").size() != 1) return bad("it must name its host once");
  auto framing = framing_of(head.headers);
  if (auto* wrong = std::get_if<BadHead>(&framing)) return std::move(*wrong);
  head.framing = std::get<0>(framing).value_or(Framing{});
  return head;
}

std::variant<ResponseHead, BadHead> parse_response_head(std::string_view text, std::string_view method,
                                                        std::size_t most_headers) {
  const auto lines = lines_of(text);
  if (!lines || lines->empty()) return bad("a line does not end with CR LF");
  ResponseHead head;
  if (auto wrong = read_status_line(lines->front(), head)) return *wrong;
  if (auto wrong = add_headers(*lines, most_headers, head.headers)) return *wrong;
  auto framing = framing_of(head.headers);
  if (auto* wrong = std::get_if<BadHead>(&framing)) return std::move(*wrong);
  if (list_has(values_of(head.headers, "connection"), "close")) head.connection = ResponseHead::Connection::close;
  const bool no_body = method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304;
  head.framing = no_body ? Framing{} : std::get<0>(framing).value_or(Framing{.kind = Framing::Kind::until_close});
  if (head.framing.kind == Framing::Kind::until_close) head.connection = ResponseHead::Connection::close;
  return head;
}

}  // namespace agentbox::broker
