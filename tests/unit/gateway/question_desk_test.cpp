// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/ask/question_desk.hpp"

#include "gateway/host/question_stream.hpp"
#include "support/catch.hpp"

namespace agentbox::question_desk_test {

namespace {

HostName name(const std::string& text) { return HostName::parse(text).value(); }

GatewayLimits few() {
  GatewayLimits limits;
  limits.open_questions = 2;
  limits.denials_in_a_row = 3;
  limits.questions = 6;
  return limits;
}

std::string refusal(const QuestionDesk::Place& place) { return place.question == 0 ? place.refusal.rule : "waits"; }

}  // namespace

TEST_CASE("one question for each name and port, one after the other") {
  QuestionDesk desk(few());
  CHECK_FALSE(desk.first());
  const auto one = desk.join(name("a.test"), 443);
  CHECK(desk.join(name("a.test"), 443).question == one.question);
  const auto other = desk.join(name("a.test"), 22);
  CHECK(other.question != one.question);
  CHECK(desk.first() == AskQuestion{one.question, name("a.test"), 443});
  CHECK_FALSE(desk.settle(one.question, AskAnswer::once));
  CHECK(desk.first() == AskQuestion{other.question, name("a.test"), 22});
  CHECK(desk.join(name("a.test"), 443).question != one.question);  // "once" was for those who waited
}

TEST_CASE("too many open questions: one more is refused, and may be asked later") {
  QuestionDesk desk(few());
  const auto one = desk.join(name("a.test"), 443);
  desk.join(name("b.test"), 443);
  CHECK(refusal(desk.join(name("c.test"), 443)) == "asked: too many");
  desk.settle(one.question, AskAnswer::session);
  CHECK(refusal(desk.join(name("c.test"), 443)) == "waits");
}

TEST_CASE("what was denied or not answered is not asked again") {
  QuestionDesk desk(few());
  CHECK(desk.lookup(name("a.test")).allowed());
  CHECK(desk.settle(desk.join(name("a.test"), 443).question, AskAnswer::deny)->rule == "asked: denied");
  CHECK(desk.settle(desk.join(name("b.test"), 443).question, AskAnswer::none)->rule == "asked: no answer");
  CHECK(refusal(desk.join(name("a.test"), 443)) == "asked: denied");
  CHECK(refusal(desk.join(name("b.test"), 443)) == "asked: no answer");
  CHECK(desk.lookup(name("a.test")).rule == "asked: denied");
  CHECK(desk.lookup(name("a.test.b")).allowed());
  CHECK(desk.lookup(name("b.test")).allowed());
}

// A guest that asks again and again under new names until the user presses the wrong key.
TEST_CASE("a guest cannot wear its user down") {
  QuestionDesk desk(few());
  for (const char* host : {"a.test", "b.test"}) {
    const auto place = desk.join(name(host), 443);
    CHECK_FALSE(desk.first_is_last_chance());
    desk.settle(place.question, host[0] == 'a' ? AskAnswer::deny : AskAnswer::none);
  }
  const auto last = desk.join(name("c.test"), 443);
  CHECK(desk.first_is_last_chance());
  CHECK_FALSE(desk.enough());
  desk.settle(last.question, AskAnswer::deny);
  CHECK(desk.enough()->rule == "asked: no more");
  CHECK(refusal(desk.join(name("d.test"), 443)) == "asked: no more");
  CHECK(desk.lookup(name("d.test")).rule == "asked: no more");
}

TEST_CASE("a granted question begins the count of denials anew, but questions of a session are numbered") {
  QuestionDesk desk(few());
  for (int i = 0; i < 6; ++i) {
    const auto place = desk.join(name("h" + std::to_string(i) + ".test"), 443);
    CHECK(refusal(place) == "waits");
    desk.settle(place.question, i % 2 == 0 ? AskAnswer::deny : AskAnswer::once);
  }
  CHECK(refusal(desk.join(name("more.test"), 443)) == "asked: no more");
}

TEST_CASE("a withdrawn question counts for nothing, and an answer to it neither") {
  QuestionDesk desk(few());
  const auto place = desk.join(name("a.test"), 443);
  desk.withdraw(place.question);
  CHECK_FALSE(desk.first());
  CHECK_FALSE(desk.settle(place.question, AskAnswer::deny));
  CHECK(refusal(desk.join(name("a.test"), 443)) == "waits");
}

// The gateway reads the guest's bytes all day; were it taken over, it should still not get a control character onto the
// user's terminal, nor a name that reads like another.
TEST_CASE("of the gateway's events only well-formed ones are taken") {
  const auto event =
      parse_question_event(R"({"question":7,"name":"A.Example.org","port":443,"last_chance":true,"seconds":30})");
  REQUIRE(event);
  const auto& posed = std::get<PosedQuestion>(*event);
  CHECK(posed.question == AskQuestion{7, name("a.example.org"), 443});
  CHECK(posed.last_chance);
  CHECK(posed.time == std::chrono::seconds(30));
  CHECK(std::get<WithdrawnQuestion>(*parse_question_event(R"({"withdrawn":7})")).id == 7);
  for (const char* wrong : {"", "7", "[]", "{}", R"({"withdrawn":"7"})", R"({"withdrawn":-7})",
                            R"({"question":7,"name":"a.test","port":0,"last_chance":true,"seconds":30})",
                            R"({"question":7,"name":"a.test","port":65536,"last_chance":true,"seconds":30})",
                            R"({"question":7,"name":"a\u001b[2Jb.test","port":443,"last_chance":true,"seconds":30})",
                            R"({"question":7,"name":"1.2.3.4","port":443,"last_chance":true,"seconds":30})",
                            R"({"question":7,"name":7,"port":443,"last_chance":true,"seconds":30})",
                            R"({"question":7,"name":"a.test","port":443,"last_chance":1,"seconds":30})",
                            R"({"question":7,"name":"a.test","port":443,"last_chance":true,"seconds":99999999999999})",
                            R"({"question":"7","name":"a.test","port":443,"last_chance":true,"seconds":30})"}) {
    INFO(wrong);
    CHECK_FALSE(parse_question_event(wrong));
  }
}

TEST_CASE("answers by word") {
  CHECK(parse_ask_answer("always") == AskAnswer::always);
  CHECK(to_string(AskAnswer::deny) == "deny");
  CHECK_FALSE(parse_ask_answer("none"));
  CHECK_FALSE(parse_ask_answer("Once"));
}

}  // namespace agentbox::question_desk_test
