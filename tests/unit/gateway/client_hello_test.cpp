// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/tls/client_hello.hpp"

#include "support/catch.hpp"

namespace agentbox::client_hello_test {

using namespace std::string_literals;
using State = ClientHello::State;

namespace {

std::string sized(std::size_t length_bytes, const std::string& content) {
  std::string text;
  for (std::size_t i = length_bytes; i-- > 0;) text += static_cast<char>(content.size() >> (8 * i) & 0xFFU);
  return text + content;
}
std::string extension(char type, const std::string& content) { return "\0"s + type + sized(2, content); }
std::string sni(const std::string& name) { return extension(0, sized(2, "\0"s + sized(2, name))); }
std::string hello(const std::string& extensions) {
  return "\1"s + sized(3, "\3\3" + std::string(32, 'r') + sized(1, "") + sized(2, "\x13\x01") + sized(1, "\0"s) +
                              sized(2, extensions));
}
std::string record(const std::string& content) { return "\x16\3\1"s + sized(2, content); }

ClientHello parse(const std::string& text) {
  return parse_client_hello({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
}
std::string name_in(const std::string& text) {
  const ClientHello result = parse(text);
  REQUIRE(result.state == State::complete);
  return result.server_name ? result.server_name->text() : "";
}

const std::string kUsual = extension(10, "\0\2\0\x1d"s) + sni("Api.Example.org") + extension(16, "\0\3\2h2"s);

}  // namespace

TEST_CASE("the server name of a usual hello") {
  CHECK(name_in(record(hello(kUsual))) == "api.example.org");
  CHECK(name_in(record(hello(kUsual)) + "\x14\3\3\0\1\1"s + "early data") == "api.example.org");
  CHECK(name_in(record(hello(extension(10, "\0\2\0\x1d"s)))) == "");
}

TEST_CASE("a hello cut at any byte needs more, and is whole at its last") {
  const std::string whole = record(hello(kUsual));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO(length);
    CHECK(parse(std::string(whole, 0, length)).state == State::need_more);
  }
}

TEST_CASE("a hello split into a record for each byte is read as one") {
  std::string text;
  for (const char c : hello(kUsual)) text += record(std::string(1, c));
  CHECK(name_in(text) == "api.example.org");
}

TEST_CASE("what is not TLS is said at the first byte") {
  CHECK(parse("GET / HTTP/1.1\r\n").state == State::not_tls);
  CHECK(parse("SSH-2.0-x\r\n").state == State::not_tls);
  CHECK(parse("\x80\x2e\1\3\1"s).state == State::not_tls);  // an SSL 2 hello has no name to judge
}

// A warning in front made the whole connection "not TLS", while servers skip it and read the hello behind it.
TEST_CASE("another record before the hello is malformed TLS") {
  for (const char type : {'\x14', '\x15', '\x17', '\x18'}) {
    CHECK(parse(std::string(1, type)).state == State::need_more);
    CHECK(parse(std::string(1, type) + "\3").state == State::malformed);
    CHECK(parse(std::string(1, type) + "\3\1\0\2\1\0"s + record(hello(kUsual))).state == State::malformed);
    CHECK(parse(std::string(1, type) + "\1").state == State::not_tls);
  }
}

// Two names, and one reader takes the first, another the last.
TEST_CASE("ambiguous and broken hellos are malformed") {
  const std::string two_in_list = extension(0, sized(2, "\0"s + sized(2, "a.org") + "\0"s + sized(2, "b.org")));
  for (const auto& extensions :
       {sni("a.org") + sni("b.org"), two_in_list, sni("a.org\0.evil.com"s), sni(""), sni("127.0.0.1"), sni("a.org:443"),
        sni("a..org"), extension(0, ""), extension(0, sized(2, "\1"s + sized(2, "a.org"))),
        extension(0, "\0\xff\0\0\5a.org"s), sni("a.org") + "\0"s, "\0\x0a\xff\xff"s}) {
    CHECK(parse(record(hello(extensions))).state == State::malformed);
  }
  CHECK(parse("\x16\2\0\0\5"s).state == State::malformed);            // not version 3
  CHECK(parse("\x16\3\1\0\0"s).state == State::malformed);            // an empty record
  CHECK(parse("\x16\3\1\xff\xff"s).state == State::malformed);        // longer than any record
  CHECK(parse(record("\2\0\0\1x"s)).state == State::malformed);       // a ServerHello
  CHECK(parse(record("\1\xff\xff\xff"s)).state == State::malformed);  // 16 MiB announced
  CHECK(parse(record("\1"s) + "\x17\3\3\0\1x").state == State::malformed);
}

TEST_CASE("a hello that never ends is given up at the limit") {
  const std::string first = "\1\0\x3f\xf0"s;  // 16368 bytes announced
  std::string text = record(first);
  while (text.size() < longest_client_hello) text += record("x");
  CHECK(parse(text).state == State::malformed);
}

}  // namespace agentbox::client_hello_test
