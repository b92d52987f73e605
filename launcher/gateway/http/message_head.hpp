// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace agentbox {

struct HttpHeader {
  std::string name;  ///< as it came
  std::string value;
  friend bool operator==(const HttpHeader&, const HttpHeader&) = default;
};

/// How long a body is (RFC 9112 6): not at all, so many bytes, in chunks, or (answers only) until the connection ends.
struct HttpBody {
  enum class Kind { none, length, chunked, until_close };
  Kind kind = Kind::none;
  std::uint64_t length = 0;
  friend bool operator==(const HttpBody&, const HttpBody&) = default;
};

/// Header names compare without case.
std::vector<std::string_view> header_values(const std::vector<HttpHeader>& headers, std::string_view name);
void remove_header(std::vector<HttpHeader>& headers, std::string_view name);
/// Whether a list such as "keep-alive, Upgrade" in any header of this name holds the word, without case.
bool header_lists(const std::vector<HttpHeader>& headers, std::string_view name, std::string_view word);

/// One request as the guest wrote it. What is sent on is made from this value, so it is exactly what was judged.
struct RequestHead {
  std::string method;
  std::string target;  ///< "/path?query", "http://host/path", "host:port" for CONNECT, "*" for OPTIONS
  unsigned minor_version = 1;
  std::vector<HttpHeader> headers;
  std::string host;  ///< the one Host header; empty only for HTTP/1.0
  HttpBody body;
  std::size_t size = 0;  ///< bytes of the head, blank line included

  [[nodiscard]] bool keeps_alive() const;
  [[nodiscard]] bool wants_upgrade() const;
  [[nodiscard]] std::string to_string() const;
};

struct ResponseHead {
  unsigned status = 0;
  unsigned minor_version = 1;
  std::vector<HttpHeader> headers;
  HttpBody body;  ///< for a request that was neither HEAD nor CONNECT
  std::size_t size = 0;

  [[nodiscard]] bool keeps_alive() const;
};

struct HttpNeedMore {};
/// What the peer did wrong, and the status that tells it so.
struct HttpProblem {
  unsigned status = 400;
  std::string_view text;
};

/// HTTP/1.0 and 1.1, strictly (RFC 9112): lines end in CRLF, no folded lines, no blank before a colon, no control
/// characters, exactly one Host, never Content-Length with Transfer-Encoding, never two of either. A server that reads
/// more leniently cannot see another request than we did. Pure; bytes may hold more than the head.
/// A head longer than limit is a problem (431); need_more is never returned for limit bytes or more.
std::variant<RequestHead, HttpNeedMore, HttpProblem> parse_request_head(std::string_view bytes, std::size_t limit);

/// The same for an answer; only framing and status are judged. A problem means that the connection is of no more use.
std::variant<ResponseHead, HttpNeedMore, HttpProblem> parse_response_head(std::string_view bytes, std::size_t limit);

/// Whether the first bytes of a connection are HTTP/1 for any server, however lenient: with empty lines in front, any
/// word as the method, a version or a whole URL somewhere in the first line, or a first line that does not end. What is
/// HTTP here need not be a request that parse_request_head() accepts. Other protocols (SMTP, IRC, NATS) begin with a
/// word and a blank, too: their line ends without a version.
enum class HttpGuess { no, maybe, yes };
HttpGuess guess_http(std::string_view bytes);

}  // namespace agentbox
