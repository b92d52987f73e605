// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/chunked_body.hpp"
#include "gateway/http/message_head.hpp"
#include "gateway/http/refusal.hpp"
#include "support/catch.hpp"

namespace agentbox::http_test {

using namespace std::string_literals;

namespace {

constexpr std::size_t kLimit = 4096;

unsigned problem_of(const std::string& text) {
  const auto parsed = parse_request_head(text, kLimit);
  if (const auto* problem = std::get_if<HttpProblem>(&parsed)) return problem->status;
  return std::holds_alternative<HttpNeedMore>(parsed) ? 1 : 0;
}
RequestHead request(const std::string& text) { return std::get<RequestHead>(parse_request_head(text, kLimit)); }
ResponseHead response(const std::string& text) { return std::get<ResponseHead>(parse_response_head(text, kLimit)); }
std::string with(const std::string& headers) { return "POST /a HTTP/1.1\r\nHost: a.org\r\n" + headers + "\r\n"; }

}  // namespace

TEST_CASE("a request as it is read and sent on") {
  const std::string text = "POST /v1/x?y=1 HTTP/1.1\r\nHost: A.org:80\r\nContent-Length:  5 \r\nX-Empty:\r\n\r\n";
  const RequestHead head = request(text + "hello");
  CHECK(head.method == "POST");
  CHECK(head.target == "/v1/x?y=1");
  CHECK(head.host == "A.org:80");
  CHECK(head.body == HttpBody{HttpBody::Kind::length, 5});
  CHECK(head.size == text.size());
  CHECK(head.keeps_alive());
  CHECK_FALSE(head.wants_upgrade());
  CHECK(head.to_string() == "POST /v1/x?y=1 HTTP/1.1\r\nHost: A.org:80\r\nContent-Length: 5\r\nX-Empty: \r\n\r\n");
}

TEST_CASE("a head cut at any byte needs more") {
  const std::string text = with("Content-Length: 5\r\n");
  for (std::size_t length = 0; length < text.size(); ++length) {
    INFO(length);
    CHECK(problem_of(text.substr(0, length)) == 1);
  }
  CHECK(problem_of(text) == 0);
}

TEST_CASE("bodies and connections") {
  CHECK(request(with("")).body.kind == HttpBody::Kind::none);
  CHECK(request(with("Content-Length: 0\r\n")).body.kind == HttpBody::Kind::none);
  CHECK(request(with("Transfer-Encoding: Chunked\r\n")).body.kind == HttpBody::Kind::chunked);
  CHECK_FALSE(request(with("Connection: x, Close\r\n")).keeps_alive());
  CHECK_FALSE(request("GET / HTTP/1.0\r\n\r\n").keeps_alive());
  CHECK(request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keeps_alive());
  CHECK(request(with("Upgrade: websocket\r\nConnection: Upgrade\r\n")).wants_upgrade());
}

// Request smuggling: whatever two parsers could cut differently ends the connection.
TEST_CASE("ambiguous requests are refused") {
  const std::string bad[] = {with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
                             with("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
                             with("Content-Length: 5\r\nContent-Length: 5\r\n"),
                             with("Content-Length: 5\r\nContent-Length: 6\r\n"),
                             with("Content-Length: 5, 5\r\n"),
                             with("Content-Length: +5\r\n"),
                             with("Content-Length: 0x5\r\n"),
                             with("Content-Length: -1\r\n"),
                             with("Content-Length: \r\n"),
                             with("Content-Length: 9999999999999999999\r\n"),
                             with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                             with("Transfer-Encoding: gzip, chunked\r\n"),
                             with("Transfer-Encoding: identity\r\n"),
                             with("Transfer-Encoding: chunked, identity\r\n"),
                             with("Transfer-Encoding: \x0b"
                                  "chunked\r\n"),
                             with("Transfer-Encoding : chunked\r\n"),
                             with("X: a\r\n b\r\n"),
                             with("X: a\r\n\tb\r\n"),
                             with(" X: a\r\n"),
                             with("X: a\n"),
                             with("X: a\rY: b\r\n"),
                             with("X: a\0b\r\n"s),
                             with("X\0: a\r\n"s),
                             with("no colon\r\n"),
                             with(": empty\r\n"),
                             with("Host: b.org\r\n"),
                             "GET / HTTP/1.1\r\n\r\n",
                             "GET / HTTP/1.1\r\nHost: \r\n\r\n",
                             "GET / HTTP/1.1\nHost: a.org\n\n",
                             "GET  / HTTP/1.1\r\nHost: a.org\r\n\r\n",
                             "GET /a b HTTP/1.1\r\nHost: a.org\r\n\r\n",
                             "GET\t/ HTTP/1.1\r\nHost: a.org\r\n\r\n",
                             "GET /\x7f HTTP/1.1\r\nHost: a.org\r\n\r\n",
                             "GET /\xc3\xbc HTTP/1.1\r\nHost: a.org\r\n\r\n",
                             "G(T / HTTP/1.1\r\nHost: a.org\r\n\r\n",
                             "\r\nGET / HTTP/1.1\r\nHost: a.org\r\n\r\n",
                             "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                             "GET /\r\n\r\n"};
  for (const auto& text : bad) {
    INFO(text);
    CHECK(problem_of(text) == 400);
  }
  for (const char* version : {"HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "HTTP/1.10", "http/1.1", "HTTP/ 1.1"}) {
    INFO(version);
    const unsigned status = problem_of("GET / "s + version + "\r\nHost: a.org\r\n\r\n");
    CHECK((status == 505 || status == 400));
  }
}

TEST_CASE("a head has an end") {
  CHECK(problem_of(with("X: " + std::string(kLimit, 'a') + "\r\n")) == 431);
  CHECK(problem_of("GET /" + std::string(kLimit, 'a')) == 431);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "A: b\r\n";
  CHECK(problem_of(with(many)) == 431);
}

TEST_CASE("answers are framed by their status and headers") {
  CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc").body == HttpBody{HttpBody::Kind::length, 3});
  CHECK(response("HTTP/1.1 200\r\n\r\n").body.kind == HttpBody::Kind::until_close);
  CHECK(response("HTTP/1.1 204 No\r\n\r\n").body.kind == HttpBody::Kind::none);
  CHECK(response("HTTP/1.1 304 No\r\nContent-Length: 3\r\n\r\n").body.kind == HttpBody::Kind::none);
  CHECK(response("HTTP/1.1 101 Up\r\n\r\n").body.kind == HttpBody::Kind::none);
  CHECK(response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").body.kind == HttpBody::Kind::chunked);
  for (const char* text :
       {"HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 999 OK\r\n\r\n",
        "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    INFO(text);
    CHECK(std::holds_alternative<HttpProblem>(parse_response_head(text, kLimit)));
  }
}

TEST_CASE("a chunked body ends where it ends, however it is cut") {
  const std::string body = "5\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n";
  const std::string text = body + "GET /next";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ChunkedBody follow;
    std::size_t used = follow.consume(std::string_view(text).substr(0, cut));
    if (used == cut) used += follow.consume(std::string_view(text).substr(cut));
    CHECK(used == body.size());
    CHECK(follow.state() == ChunkedBody::State::done);
  }
}

TEST_CASE("chunks that another parser could read differently are malformed") {
  for (const char* text :
       {"5;x=y\r\n", "\r\n", "5\n", " 5\r\n", "5 \r\n", "0x5\r\n", "-1\r\n", "5\r\nhelloX", "5\r\nhello\n",
        "5\r\nhello\r\r", "0\r\nX: trailer\r\n", "1000000000000000\r\n", "g\r\n", "5\r\r\n"}) {
    INFO(text);
    ChunkedBody follow;
    follow.consume(text);
    CHECK(follow.state() == ChunkedBody::State::malformed);
  }
}

TEST_CASE("a guess at HTTP") {
  CHECK(guess_http("") == HttpGuess::maybe);
  CHECK(guess_http("GE") == HttpGuess::maybe);
  CHECK(guess_http("GET / HT") == HttpGuess::maybe);
  CHECK(guess_http("GET / HTTP/") == HttpGuess::yes);
  CHECK(guess_http("GET / HTTP/1.1\n") == HttpGuess::yes);  // wrong, but HTTP: it is told so
  CHECK(guess_http("PRI * HTTP/2.0\r\n") == HttpGuess::yes);
  CHECK(guess_http("EHLO mail.example.org\r\n") == HttpGuess::no);
  CHECK(guess_http("CONNECT {}\r\n HTTP/1.1") == HttpGuess::no);
  CHECK(guess_http("SSH-2.0-x\r\n") == HttpGuess::no);
  CHECK(guess_http("PING\r\n") == HttpGuess::no);
  CHECK(guess_http("\x16\x03") == HttpGuess::no);
  CHECK(guess_http("\x20\0\0\1"s) == HttpGuess::no);  // MySQL's request for TLS
}

// Requests that our parser would have refused were not taken for HTTP at all, went through as "other", and a lenient
// server read a Host in them that nobody had judged.
TEST_CASE("what any server could take for a request is HTTP") {
  for (const auto& text :
       {"\r\nGET / HTTP/1.1\r\n"s, "\n"s, "get / HTTP/1.1\r\n"s, "M1 / HTTP/1.1\r\n"s, "G / HTTP/1.1\r\n"s,
        "G_T / http/1.1\r\n"s, "GET\t/\tHTTP/1.1\r\n"s, " GET / HTTP/1.1\r\n"s, "GET http://other.test/\r\n"s,
        std::string(30, 'M') + " / HTTP/1.1\r\n", "GET /" + std::string(8192, 'a'), std::string(8192, 'a')}) {
    INFO(text.substr(0, 40));
    CHECK(guess_http(text) == HttpGuess::yes);
    CHECK(guess_http(text.substr(0, 1)) != HttpGuess::no);
  }
  for (const char* text : {"get /", "G1", "GET / HT", "SSH-2.0"}) CHECK(guess_http(text) == HttpGuess::maybe);
}

TEST_CASE("a refusal is a whole answer with a sentence in it") {
  const std::string text = http_refusal(403, "egress_refused", "agentbox: \"x\"");
  CHECK(text.starts_with("HTTP/1.1 403 Forbidden\r\n"));
  CHECK(text.ends_with("\r\n\r\n{\"error\":{\"message\":\"agentbox: \\\"x\\\"\",\"type\":\"egress_refused\"}}\n"));
  const ResponseHead head = response(text);
  CHECK(head.size + head.body.length == text.size());
}

}  // namespace agentbox::http_test
