// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/ask/ask_keys.hpp"

#include "support/catch.hpp"

#include <vector>

namespace agentbox::ask_keys_test {

using namespace std::chrono_literals;

namespace {

constexpr AskKeys::Time start{std::chrono::hours(1)};

/// Feeds bytes at milliseconds after the question was shown.
class User {
 public:
  std::string types(std::string_view bytes, int at_ms) {
    const auto now = start + std::chrono::milliseconds(at_ms);
    if (const auto answer = keys_.answer(now)) answered_ = answer;
    return keys_.feed(bytes, now);
  }
  std::optional<AskAnswer> answer_by(int at_ms) {
    if (const auto answer = keys_.answer(start + std::chrono::milliseconds(at_ms))) answered_ = answer;
    return answered_;
  }
  [[nodiscard]] const AskKeys& keys() const { return keys_; }

 private:
  AskKeys keys_{start};
  std::optional<AskAnswer> answered_;
};

}  // namespace

TEST_CASE("a lone key after a pause is the answer, and stays with us") {
  const std::vector<std::pair<std::string, AskAnswer>> cases{
      {"o", AskAnswer::once},          {"s", AskAnswer::session},          {"a", AskAnswer::always},
      {"d", AskAnswer::deny},          {"\x03", AskAnswer::deny},          {"\x1b[115u", AskAnswer::session},
      {"\x1b[99;5u", AskAnswer::deny}, {"\x1b[111;1:1u", AskAnswer::once}, {"\x1b[97;129u", AskAnswer::always}};
  for (const auto& [key, answer] : cases) {
    INFO(key);
    User user;
    CHECK(user.types(key, 1000) == "");
    CHECK_FALSE(user.answer_by(1399));
    CHECK(user.keys().next_time() == start + 1400ms);
    CHECK(user.answer_by(1400) == answer);
    CHECK_FALSE(user.keys().next_time());
  }
}

// "so" typed into the agent's prompt when the question appears: both letters are answers, and neither was meant.
TEST_CASE("who goes on typing answers nothing, and loses nothing") {
  User user;
  std::string forwarded;
  int at = 10;
  for (const char key : std::string("also does soda")) {
    forwarded += user.types(std::string(1, key), at += 130);
    CHECK_FALSE(user.answer_by(at));
  }
  CHECK(forwarded == "also does soda");
  CHECK_FALSE(user.answer_by(at + 5000));
}

TEST_CASE("who types slowly and does not look answers nothing either") {
  User user;
  CHECK(user.types("s", 2000) == "");    // might be it
  CHECK(user.types("o", 2250) == "so");  // was not
  CHECK(user.types("d", 2900) == "d");
  CHECK_FALSE(user.answer_by(9000));
  CHECK(user.types("d", 9000) == "");
  CHECK(user.answer_by(9400) == AskAnswer::deny);
}

TEST_CASE("what was typed ahead, in the moment of the question or in one go, is no answer") {
  User user;
  CHECK(user.types("o", 0) == "o");
  CHECK(user.types("o", 699) == "o");
  CHECK(user.types("o", 1398) == "o");
  CHECK(user.types("oo", 5000) == "oo");
  CHECK(user.types("\xc3\xb6", 9000) == "\xc3\xb6");
  CHECK_FALSE(user.answer_by(20000));
}

TEST_CASE("another key by itself is dropped") {
  User user;
  CHECK(user.types("y", 1000) == "");
  CHECK_FALSE(user.answer_by(2000));
  CHECK(user.types("\r", 2000) == "");
  CHECK_FALSE(user.answer_by(3000));
  CHECK(user.types("O", 4000) == "");
  CHECK_FALSE(user.answer_by(5000));
  CHECK(user.types("s", 6000) == "");
  CHECK(user.answer_by(7000) == AskAnswer::session);
}

TEST_CASE("what a terminal sends by itself goes to the guest, and is neither key nor typing") {
  for (const std::string& report : {std::string("\x1b[<35;10;10M"), std::string("\x1b[Moso"), std::string("\x1b[I"),
                                    std::string("\x1b[12;40R"), std::string("\x1b]11;rgb:0000/0000/0000\x1b\\"),
                                    std::string("\x1bP1+r6f\x1b\\"), std::string("\x1b[111;1:3u")}) {
    INFO(report);
    User user;
    CHECK(user.types(report, 1000) == report);
    CHECK(user.types("o", 1001) == "");
    CHECK(user.types(report, 1002) == report);
    CHECK(user.answer_by(1500) == AskAnswer::once);
  }
}

TEST_CASE("keys that are sequences are typing") {
  for (const std::string& key : {std::string("\x1b[A"), std::string("\x1bOA"), std::string("\x1bo"),
                                 std::string("\x1b[3~"), std::string("\x1b[111;5:2u") + "x"}) {
    INFO(key);
    User user;
    CHECK(user.types(key, 1000) == key);
    CHECK(user.types("o", 1100) == "o");
    CHECK_FALSE(user.answer_by(5000));
  }
}

// A paste holds whatever its source wanted; a web page's author would answer for the user.
TEST_CASE("nothing in a paste is an answer, however it comes") {
  const std::string paste = "\x1b[200~o\x1b[201~";
  User whole;
  CHECK(whole.types(paste, 1000) == paste);
  CHECK_FALSE(whole.answer_by(5000));
  User bytewise;
  std::string forwarded;
  int at = 1000;
  for (const char byte : paste) {
    forwarded += bytewise.types(std::string(1, byte), at += 100);
    CHECK_FALSE(bytewise.answer_by(at));
  }
  CHECK(forwarded == paste);
  User slow;
  CHECK(slow.types("\x1b[200~", 1000) == "\x1b[200~");
  CHECK(slow.types("o", 8000) == "o");
  CHECK_FALSE(slow.answer_by(9000));
  CHECK(slow.types("\x1b[201~", 9000) == "\x1b[201~");
  CHECK(slow.types("o", 10000) == "");
  CHECK(slow.answer_by(11000) == AskAnswer::once);
}

TEST_CASE("the Escape key goes to the guest at once, and the next key is a key") {
  User user;
  CHECK(user.types("\x1b", 1000) == "\x1b");
  CHECK(user.types("o", 2000) == "");
  CHECK(user.answer_by(3000) == AskAnswer::once);
}

TEST_CASE("a sequence that a read cuts reaches the guest whole") {
  const std::string sequence = "\x1b[<35;10;10M\x1b[111u\x1b[12;40R";
  for (std::size_t cut = 1; cut < sequence.size(); ++cut) {
    INFO(cut);
    User user;
    std::string forwarded = user.types(sequence.substr(0, cut), 100);
    forwarded += user.types(sequence.substr(cut), 101);
    CHECK(forwarded == sequence);
    CHECK_FALSE(user.answer_by(5000));
  }
}

// Alt with ] looks like the beginning of a terminal's report. What was typed behind it must not count as silence.
TEST_CASE("a key that looks like the beginning of a report is typing, and so is what follows it") {
  for (const char* key : {"\x1b]", "\x1bP", "\x1b_", "\x1b["}) {
    INFO(key);
    User user;
    CHECK(user.types(key, 1000) == key);
    CHECK(user.types("1", 1100) == "1");
    CHECK(user.types("o", 1400) == "o");
    CHECK_FALSE(user.answer_by(5000));
  }
}

}  // namespace agentbox::ask_keys_test
