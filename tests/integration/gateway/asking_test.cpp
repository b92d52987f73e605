// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "gateway/host/question_stream.hpp"
#include "support/gateway_fixture.hpp"
#include "sys/wait.hpp"

namespace agentbox::asking_test {

using namespace agentbox::test;

namespace {

/// The launcher with its terminal.
class Launcher {
 public:
  explicit Launcher(const Gateway& gateway)
      : stream_(QuestionStream::open(gateway.socket(), Clock::now() + std::chrono::seconds(10))) {}

  std::optional<QuestionEvent> event() {
    const Deadline deadline = Clock::now() + std::chrono::seconds(20);
    while (true) {
      if (auto event = stream_.next()) return event;
      if (stream_.fd() < 0 || !wait_readable(stream_.fd(), deadline)) return std::nullopt;
    }
  }
  AskQuestion question() {
    const auto asked = event();
    REQUIRE(asked);
    REQUIRE(std::holds_alternative<PosedQuestion>(*asked));
    return std::get<PosedQuestion>(*asked).question;
  }
  bool is_quiet() {
    const bool readable = wait_readable(stream_.fd(), Clock::now() + std::chrono::milliseconds(300));
    return !readable && !stream_.next();
  }
  void say(const AskQuestion& question, AskAnswer answer) { stream_.answer(question.id, answer); }

 private:
  QuestionStream stream_;
};

GatewaySetup asking_setup(const FarServer& server) {
  GatewaySetup setup;
  setup.hosts = "127.9.9.9 a.test b.test denied.test\n";
  setup.deny = {"denied.test"};
  setup.lan = {std::string(kFarAddress) + ":" + std::to_string(server.port())};
  setup.port = server.port();
  return setup;
}

/// Until so many of them have been told something; how many it were in the end.
std::size_t wait_for_answers(const std::vector<Peer>& guests, std::size_t wanted) {
  std::size_t answered = 0;
  for (int i = 0; i < 200 && answered < wanted; ++i) {
    answered = 0;
    ::poll(nullptr, 0, 50);
    for (const Peer& guest : guests) {
      pollfd readable{guest.fd(), POLLIN, 0};
      answered += ::poll(&readable, 1, 0) == 1 ? 1 : 0;
    }
  }
  return answered;
}

bool echoes(const Peer& guest, const std::string& name) {
  return guest.read_until(client_hello(name)) == client_hello(name);
}

Peer tls_to(const Gateway& gateway, const FarServer& server, const std::string& name) {
  Peer guest = Peer::connect(gateway.resolve(name), server.port());
  guest.send(client_hello(name));
  return guest;
}

}  // namespace

// Without a terminal nobody attaches, and everything is as if there were no questions at all.
TEST_CASE("nobody is asked while nobody is there to be asked") {
  const FarServer server(echo);
  const Gateway gateway(asking_setup(server));
  CHECK(gateway.resolve("a.test") == "code 3");
}

TEST_CASE("once: those that waited go through, the next one is asked about again") {
  const FarServer server(echo);
  const Gateway gateway(asking_setup(server));
  Launcher launcher(gateway);
  CHECK(gateway.resolve("b.test") == "127.64.0.1");
  CHECK(launcher.is_quiet());  // a mere lookup bothers nobody
  const Peer one = tls_to(gateway, server, "a.test");
  const Peer two = tls_to(gateway, server, "a.test");
  const AskQuestion question = launcher.question();
  CHECK(question.name.text() == "a.test");
  CHECK(question.port == server.port());
  CHECK(launcher.is_quiet());  // one question for both
  CHECK(server.connections() == 0);
  launcher.say(question, AskAnswer::once);
  CHECK(echoes(one, "a.test"));
  CHECK(echoes(two, "a.test"));
  gateway.command({{"command", "deny"}, {"rule", "elsewhere.test"}});  // rules change; what was granted stands
  one.send("on");
  CHECK(one.read_until("on") == "on");
  const Peer three = tls_to(gateway, server, "a.test");
  const AskQuestion again = launcher.question();
  CHECK(again.id != question.id);
  launcher.say(again, AskAnswer::deny);
  CHECK(three.read_all().find("<") != std::string::npos);
  gateway.command({{"command", "deny"}, {"rule", "a.test"}});  // a deny rule wins over what was granted
  CHECK(one.read_all() == "<reset>");
}

TEST_CASE("session: from now on it is a rule, and the log says whose") {
  const FarServer server(echo);
  Gateway gateway(asking_setup(server));
  Launcher launcher(gateway);
  const Peer one = tls_to(gateway, server, "a.test");
  launcher.say(launcher.question(), AskAnswer::session);
  CHECK(echoes(one, "a.test"));
  const Peer two = tls_to(gateway, server, "a.test");
  CHECK(echoes(two, "a.test"));
  CHECK(launcher.is_quiet());
  gateway.process().stop();
  const std::string log = gateway.log();
  CHECK(log.find("\"rule\":\"asked at connection\"") != std::string::npos);
  CHECK(log.find("\"rule\":\"allow a.test:" + std::to_string(server.port()) + " (asked: session)\"") !=
        std::string::npos);
}

TEST_CASE("deny: refused at once from then on, at DNS, too, and with the reason") {
  const FarServer server(echo);
  const Gateway gateway(asking_setup(server));
  Launcher launcher(gateway);
  const Peer one = Peer::connect(gateway.resolve("a.test"), server.port());
  one.send("GET / HTTP/1.1\r\nHost: a.test:" + std::to_string(server.port()) + "\r\n\r\n");
  launcher.say(launcher.question(), AskAnswer::deny);
  const std::string first = one.read_all();
  CHECK((first.find("<reset>") != std::string::npos || first.find("403") != std::string::npos));
  CHECK(gateway.resolve("a.test") == "code 3");
  CHECK(gateway.ask("a.test").size() > 0);
  const Peer again = Peer::connect("127.64.0.1", server.port());
  again.send(client_hello("a.test"));
  CHECK(again.read_all().find("<") != std::string::npos);
  CHECK(launcher.is_quiet());
  CHECK(server.connections() == 0);
}

TEST_CASE("a proxy's client is asked about, too, and told why not") {
  const FarServer server(echo);
  const Gateway gateway(asking_setup(server));
  Launcher launcher(gateway);
  const std::string where = "a.test:" + std::to_string(server.port());
  const Peer refused = Peer::connect(kGatewayAddress, gateway.proxy_port());
  refused.send("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\n");
  launcher.say(launcher.question(), AskAnswer::deny);
  const std::string answer = refused.read_all();
  CHECK(answer.find("HTTP/1.1 403") == 0);
  CHECK(answer.find("was denied by the user") != std::string::npos);
  const Peer guest = Peer::connect(kGatewayAddress, gateway.proxy_port());
  guest.send("CONNECT " + where + " HTTP/1.1\r\nHost: " + where + "\r\n\r\n");
  launcher.say(launcher.question(), AskAnswer::once);
  CHECK(guest.read_until("\r\n\r\n").find("200") != std::string::npos);
  guest.send(client_hello("a.test"));
  CHECK(echoes(guest, "a.test"));
}

// The guest would like to have its question on the screen when the policy's author has said no already.
TEST_CASE("what the policy denies is never asked about") {
  const FarServer server(echo);
  const Gateway gateway(asking_setup(server));
  Launcher launcher(gateway);
  CHECK(gateway.resolve("denied.test") == "code 3");
  const Peer guest = Peer::connect(kGatewayAddress, gateway.proxy_port());
  guest.send("CONNECT denied.test:443 HTTP/1.1\r\nHost: denied.test:443\r\n\r\n");
  CHECK(guest.read_all().find("is denied by the policy") != std::string::npos);
  CHECK(launcher.is_quiet());
}

TEST_CASE("a rule that comes meanwhile answers the question") {
  const FarServer server(echo);
  const Gateway gateway(asking_setup(server));
  Launcher launcher(gateway);
  const Peer guest = tls_to(gateway, server, "a.test");
  const AskQuestion question = launcher.question();
  gateway.command({{"command", "allow"}, {"rule", "a.test:" + std::to_string(server.port())}});
  CHECK(echoes(guest, "a.test"));
  const auto event = launcher.event();
  REQUIRE(event);
  CHECK(std::get<WithdrawnQuestion>(*event).id == question.id);
}

// Takes as long as a user is given.
TEST_CASE("silence is a refusal, which says so, and the question is taken back") {
  const FarServer server(echo);
  const Gateway gateway(asking_setup(server));
  Launcher launcher(gateway);
  const std::string request = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n";
  const Peer guest = Peer::connect(kGatewayAddress, gateway.proxy_port());
  guest.send(request);
  const AskQuestion question = launcher.question();
  std::optional<QuestionEvent> event;
  for (int i = 0; i < 10 && !event; ++i) event = launcher.event();
  REQUIRE(event);
  CHECK(std::get<WithdrawnQuestion>(*event).id == question.id);
  CHECK(guest.read_all().find("did not answer in time") != std::string::npos);
  launcher.say(question, AskAnswer::always);  // too late
  const Peer again = Peer::connect(kGatewayAddress, gateway.proxy_port());
  again.send(request);
  CHECK(again.read_all().find("did not answer in time") != std::string::npos);
  CHECK(launcher.is_quiet());
}

TEST_CASE("a launcher that goes away is a refusal, and asking is over") {
  const FarServer server(echo);
  const Gateway gateway(asking_setup(server));
  std::optional<Launcher> launcher(gateway);
  const Peer guest = tls_to(gateway, server, "a.test");
  launcher->question();
  launcher.reset();
  CHECK(guest.read_all().find("<") != std::string::npos);
  CHECK(server.connections() == 0);
  CHECK(gateway.resolve("b.test") == "code 3");
}

TEST_CASE("only one is asked at a time, and nonsense ends it") {
  const FarServer server(echo);
  const Gateway gateway(asking_setup(server));
  Launcher launcher(gateway);
  CHECK_THROWS_AS(Launcher(gateway), Error);
  const Peer guest = tls_to(gateway, server, "a.test");
  const AskQuestion question = launcher.question();
  launcher.say({question.id + 1, question.name, question.port}, AskAnswer::always);  // an answer to no question
  CHECK(launcher.is_quiet());
  launcher.say(question, AskAnswer::none);  // no word of an answer
  CHECK(guest.read_all().find("<") != std::string::npos);
  CHECK(server.connections() == 0);
}

TEST_CASE("questions wait for each other, and five denials in a row end them") {
  const FarServer server(echo);
  const Gateway gateway(asking_setup(server));
  Launcher launcher(gateway);
  std::vector<Peer> guests;
  for (int i = 0; i < 10; ++i) {
    guests.push_back(Peer::connect(kGatewayAddress, gateway.proxy_port()));
    const std::string where = "h" + std::to_string(i) + ".test:443";
    guests.back().send("CONNECT " + where + " HTTP/1.1\r\nHost: " + where + "\r\n\r\n");
  }
  CHECK(wait_for_answers(guests, 2) == 2);  // one too many each
  for (int i = 0; i < 5; ++i) {
    const AskQuestion question = launcher.question();
    CHECK(launcher.is_quiet());
    launcher.say(question, AskAnswer::deny);
  }
  int denied = 0, too_many = 0, no_more = 0;
  for (const Peer& guest : guests) {
    const std::string answer = guest.read_all();
    denied += answer.find("was denied by the user") != std::string::npos ? 1 : 0;
    too_many += answer.find("too many questions") != std::string::npos ? 1 : 0;
    no_more += answer.find("asked nothing more") != std::string::npos ? 1 : 0;
  }
  CHECK(denied == 5);
  CHECK(too_many == 2);
  CHECK(no_more == 3);
  CHECK(launcher.is_quiet());
  CHECK(gateway.resolve("fresh.test") == "code 3");
}

TEST_CASE("a session can end while a question is open") {
  const FarServer server(echo);
  Gateway gateway(asking_setup(server));
  Launcher launcher(gateway);
  const Peer guest = tls_to(gateway, server, "a.test");
  launcher.question();
  gateway.process().stop();
  CHECK(guest.read_all() == "<reset>");
  CHECK(server.connections() == 0);
}

}  // namespace agentbox::asking_test
