// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/http/head.hpp"

#include "support/catch.hpp"

namespace agentbox::head_test {

using namespace agentbox::broker;

namespace {

/// "ok", or the status and the reason.
std::string request(const std::string& lines) {
  const auto head = parse_request_head(lines + "\r\n", 10);
  const auto* wrong = std::get_if<BadHead>(&head);
  return wrong == nullptr ? "ok" : std::to_string(wrong->status) + " " + wrong->why;
}

std::string post(const std::string& headers) { return request("POST /a HTTP/1.1\r\nHost: h\r\n" + headers); }

}  // namespace

TEST_CASE("a request head is read into its parts") {
  const auto parsed = parse_request_head(
      "POST /v1/messages?beta=true HTTP/1.1\r\nHost: 10.0.2.2:8080\r\nX-Api-Key: \t k \r\nContent-Length: 12\r\n\r\n",
      10);
  const auto& head = std::get<RequestHead>(parsed);
  CHECK(head.method == "POST");
  CHECK(head.target == "/v1/messages?beta=true");
  CHECK(head.headers == std::vector<Header>{{"host", "10.0.2.2:8080"}, {"x-api-key", "k"}, {"content-length", "12"}});
  CHECK(head.framing == Framing{Framing::Kind::length, 12});
}

TEST_CASE("request heads that two servers could read in two ways are refused") {
  // Each is a known way to smuggle a second request past the server that looks first.
  CHECK(post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n") ==
        "400 it has both a content-length and a transfer-encoding");
  CHECK(post("Content-Length: 4\r\nContent-Length: 4\r\n") == "400 it says twice how long its body is");
  CHECK(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") ==
        "400 it says twice how long its body is");
  CHECK(post("Transfer-Encoding: gzip, chunked\r\n") == "400 its transfer-encoding is not chunked");
  CHECK(post("Transfer-Encoding: xchunked\r\n") == "400 its transfer-encoding is not chunked");
  for (const char* length : {"+4", "-4", "4,4", "0x4", " ", "4 4", "1234567890123456789"})
    CHECK(post("Content-Length: " + std::string(length) + "\r\n") == "400 its content-length is not a number");
  CHECK(post("X-A: b\r\n folded\r\n") == "400 a header is folded over two lines");
  CHECK(post("X-A : b\r\n") == "400 a header's name is not a name");
  CHECK(post(": b\r\n") == "400 a header's name is not a name");
  CHECK(post("X-A\r\n") == "400 a header has no colon");
  CHECK(post("X-A: b\nX-B: c\r\n") == "400 a line does not end with CR LF");
  CHECK(post("X-A: b\rX-B: c\r\n") == "400 a line does not end with CR LF");
  CHECK(post(std::string("X-A: b\0c\r\n", 10)) == "400 a line does not end with CR LF");
  CHECK(post("X-A: b\x01\r\n") == "400 a header holds a control character");
  CHECK(post("Host: other\r\n") == "400 it must name its host once");
  CHECK(request("POST /a HTTP/1.1\r\nX: y\r\n") == "400 it must name its host once");
  CHECK(post("Transfer-Encoding: Chunked\r\n") == "ok");
  CHECK(post("Content-Length: 0\r\n") == "ok");
}

TEST_CASE("first lines that are no request of HTTP/1.1 are refused") {
  CHECK(request("GET /a HTTP/1.0\r\nHost: h\r\n") == "505 it is not HTTP/1.1");
  CHECK(request("GET /a HTTP/2.0\r\nHost: h\r\n") == "505 it is not HTTP/1.1");
  CHECK(request("GET /a\r\nHost: h\r\n") == "400 its first line is not METHOD TARGET VERSION");
  CHECK(request("GET  /a HTTP/1.1\r\nHost: h\r\n") == "400 its first line is not METHOD TARGET VERSION");
  CHECK(request("G(T /a HTTP/1.1\r\nHost: h\r\n") == "400 its first line is not METHOD TARGET VERSION");
  CHECK(request("GET /\xC3\xA9 HTTP/1.1\r\nHost: h\r\n") == "400 its target holds what does not belong into a URL");
  CHECK(request("\r\nGET /a HTTP/1.1\r\nHost: h\r\n") == "400 a line does not end with CR LF");
}

TEST_CASE("the number of headers is bounded") {
  std::string many;
  for (int i = 0; i < 9; ++i) many += "X: y\r\n";
  CHECK(post(many) == "ok");
  CHECK(post(many + "X: y\r\n") == "431 there are too many headers");
}

TEST_CASE("a head ends at its empty line, also at one that is not allowed") {
  CHECK(head_length("GET / HTTP/1.1\r\nA: b\r\n\r\nrest") == 24);
  CHECK(head_length("GET / HTTP/1.1\nA: b\n\nrest") == 21);
  CHECK(head_length("GET / HTTP/1.1\r\nA: b\n\r\nrest") == 23);
  CHECK(head_length("GET / HTTP/1.1\r\nA: b\r\n") == std::string_view::npos);
}

TEST_CASE("a request head cut at any byte is refused or not complete") {
  const std::string head = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    CHECK(head_length(head.substr(0, size)) == std::string::npos);
    CHECK(std::holds_alternative<BadHead>(parse_request_head(head.substr(0, size), 10)));
  }
  CHECK(std::holds_alternative<RequestHead>(parse_request_head(head, 10)));
}

TEST_CASE("a response's body ends as its head says") {
  const auto framing = [](const std::string& head, const std::string& method = "POST") {
    return std::get<ResponseHead>(parse_response_head(head + "\r\n", method, 10)).framing;
  };
  CHECK(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n") == Framing{Framing::Kind::length, 5});
  CHECK(framing("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n") == Framing{Framing::Kind::chunked, 0});
  CHECK(framing("HTTP/1.1 200 OK\r\n") == Framing{Framing::Kind::until_close, 0});
  CHECK(framing("HTTP/1.1 204 No Content\r\n") == Framing{});
  CHECK(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "HEAD") == Framing{});
}

TEST_CASE("a response's connection is kept only where its body has an end") {
  const auto connection = [](const std::string& head) {
    return std::get<ResponseHead>(parse_response_head(head + "\r\n", "POST", 10)).connection;
  };
  using Connection = ResponseHead::Connection;
  CHECK(connection("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n") == Connection::keep);
  CHECK(connection("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n") == Connection::close);
  CHECK(connection("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: x, Close\r\n") == Connection::close);
  CHECK(connection("HTTP/1.1 200 OK\r\n") == Connection::close);
}

TEST_CASE("responses that are none are refused") {
  for (const char* text :
       {"HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 999 X\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 2000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "\r\n\r\n", "x"}) {
    INFO(text);
    CHECK(std::holds_alternative<BadHead>(parse_response_head(text, "POST", 10)));
  }
}

}  // namespace agentbox::head_test
