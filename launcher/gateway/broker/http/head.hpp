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

// HTTP/1.1 heads, read strictly. Two servers that read one message differently are how requests are smuggled past the
// first of them, so whatever could be read in two ways is refused: bare CR or LF, folded lines, space before a colon,
// both content-length and transfer-encoding, either of them twice, any encoding but "chunked". Pure.
//
// gateway/http/message_head.hpp reads the same grammar for another purpose: it keeps a head as the guest wrote it, to be
// sent on, and knows HTTP/1.0 and answers that go by; here names are folded, only HTTP/1.1 is served, and nothing of the
// head is sent on as it came. Where both accept a message they read the same one: tests/fuzz/two_readers.cpp holds them
// to it. One reader for both would have to be as lenient as either in some respect.
namespace agentbox::broker {

struct Header {
  std::string name;   ///< lower case
  std::string value;  ///< without space around it
  friend bool operator==(const Header&, const Header&) = default;
};

/// How the end of a body is found.
struct Framing {
  enum class Kind { none, length, chunked, until_close } kind = Kind::none;
  std::uint64_t length = 0;  ///< for Kind::length
  friend bool operator==(const Framing&, const Framing&) = default;
};

struct RequestHead {
  std::string method;
  std::string target;  ///< as sent
  std::vector<Header> headers;
  Framing framing;
  /// All values of this header, in order. name: lower case.
  [[nodiscard]] std::vector<std::string_view> values(std::string_view name) const;
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;
};

struct ResponseHead {
  int status = 0;
  std::vector<Header> headers;
  Framing framing;
  enum class Connection { keep, close } connection = Connection::keep;
  [[nodiscard]] std::optional<std::string_view> value(std::string_view name) const;
};

/// Why a head is not acceptable: the status to answer with, and one plain sentence without the peer's own words.
struct BadHead {
  int status = 400;
  std::string why;
};

/// The number of bytes up to and with the empty line, or npos when it has not come yet. Finds a bare LF LF, too, so
/// that such a head is refused at once instead of being waited for.
std::size_t head_length(std::string_view bytes);

/// text: head_length() bytes.
std::variant<RequestHead, BadHead> parse_request_head(std::string_view text, std::size_t most_headers);
/// method: of the request, since a response to HEAD has no body.
std::variant<ResponseHead, BadHead> parse_response_head(std::string_view text, std::string_view method,
                                                        std::size_t most_headers);

}  // namespace agentbox::broker
