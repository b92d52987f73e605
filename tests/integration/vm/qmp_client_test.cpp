// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/signals.hpp"
#include "vm/qemu/qmp.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace agentbox::qmp_client_test {

using nlohmann::json;

// QmpClient over a socket pair. What the peer says is written beforehand where it does not depend on the question.

namespace {

const std::string kGreeting = "{\"QMP\": {\"version\": {}}}\n{\"return\": {}, \"id\": 1}\n";

Deadline soon() { return Clock::now() + std::chrono::milliseconds(100); }
Deadline later() { return Clock::now() + std::chrono::seconds(60); }

struct Peer {
  SocketPair sockets = make_socket_pair();

  void says(const std::string& text) { write_all(sockets.theirs.get(), text); }
  QmpClient client(int pidfd = -1, Deadline deadline = later()) { return {std::move(sockets.ours), pidfd, deadline}; }
  /// All that was sent so far.
  std::string heard() {
    set_nonblocking(sockets.theirs.get());
    std::string text(65536, '\0');
    const ssize_t count = ::read(sockets.theirs.get(), text.data(), text.size());
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }
};

}  // namespace

TEST_CASE("commands are numbered, answers are told from events, events are kept") {
  Peer peer;
  peer.says(kGreeting);
  QmpClient qmp = peer.client();
  peer.says(
      "{\"event\": \"A\"}\n{\"event\": \"B\", \"data\": 7}\n{\"return\": {\"x\": 1}, \"id\": 2}\n{\"event\": \"C\"}\n");
  CHECK(qmp.execute("query-status", {{"k", "v"}}) == json{{"x", 1}});
  CHECK(peer.heard() ==
        "{\"arguments\":{},\"execute\":\"qmp_capabilities\",\"id\":1}\n{\"arguments\":{\"k\":\"v\"},\"execute\":"
        "\"query-status\",\"id\":2}\n");
  CHECK(qmp.wait_event([](const json& event) { return event["event"] == "B"; }, soon())["data"] == 7);
  CHECK(qmp.wait_event([](const json& event) { return event["event"] == "C"; }, soon())["event"] == "C");
  CHECK_THROWS_AS(qmp.wait_event([](const json& event) { return event["event"] == "A"; }, soon()), Error);
}

TEST_CASE("a refusal carries QEMU's words, escaped") {
  Peer peer;
  peer.says(kGreeting + "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no \\u001b[2J such\"}, \"id\": 2}\n");
  QmpClient qmp = peer.client();
  CHECK_THROWS_WITH(qmp.execute("cont"), "QEMU refused cont: no \\x1b[2J such");
}

TEST_CASE("an answer that comes after its command was given up is not taken for the next one's") {
  Peer peer;
  peer.says(kGreeting);
  QmpClient qmp = peer.client();
  CHECK_THROWS_AS(qmp.execute("slow", json::object(), soon()), Error);
  peer.says("{\"return\": \"slow\", \"id\": 2}\n{\"return\": \"fast\", \"id\": 3}\n");
  CHECK(qmp.execute("fast") == "fast");
}

TEST_CASE("what is no QMP is an error, not a hang") {
  for (const char* text : {"{}\n", "hello\n", "{\"return\": {}}\n", "[1]\n"}) {
    INFO(text);
    Peer peer;
    peer.says(text);
    CHECK_THROWS_AS(peer.client(), Error);
  }
  for (const char* text : {"{\"return\": {}}\n", "{\"id\": 2}\n", "nonsense\n", "{\"error\": 1, \"id\": 2}\n"}) {
    INFO(text);
    Peer peer;
    peer.says(kGreeting + text);
    QmpClient qmp = peer.client();
    CHECK_THROWS_AS(qmp.execute("x"), Error);
  }
}

TEST_CASE("silence ends at the deadline, a closed connection at once") {
  Peer silent;
  CHECK_THROWS_AS(silent.client(-1, soon()), Error);

  Peer closed;
  closed.says(kGreeting);
  QmpClient qmp = closed.client();
  closed.sockets.theirs.reset();
  CHECK_THROWS_WITH(qmp.execute("x", json::object(), later()), Catch::Contains("ended"));
}

// The attack: something in QEMU's place never answers but never falls silent either.
TEST_CASE("a flood of other messages does not put off the deadline") {
  Peer peer;
  peer.says(kGreeting);
  QmpClient qmp = peer.client();
  std::thread flood([&] {
    const std::string events = [] {
      std::string text;
      for (int i = 0; i < 100; ++i) {
        text += "{\"event\": \"NOISE\"}\n{\"return\": {}, \"id\": 1}\n";
      }
      return text;
    }();
    while (::write(peer.sockets.theirs.get(), events.data(), events.size()) > 0) {
    }
  });
  CHECK_THROWS_AS(qmp.execute("x", json::object(), soon()), Error);
  CHECK_THROWS_AS(qmp.wait_event([](const json& event) { return event["event"] == "X"; }, soon()), Error);
  { const QmpClient gone = std::move(qmp); }  // ends the flood
  flood.join();
}

TEST_CASE("a QEMU that ends while its connection stays open is noticed") {
  Peer peer;
  peer.says(kGreeting);
  ChildProcess vm =
      ChildProcess::spawn({.argv = {"sleep", "3600"}, .environment = {}, .working_directory = {}, .fds = {}});
  QmpClient qmp = peer.client(vm.pidfd());
  vm.signal(SIGKILL);
  CHECK_THROWS_WITH(qmp.execute("x", json::object(), later()), Catch::Contains("ended"));
}

TEST_CASE("a signal interrupts the wait") {
  block_signals();
  Peer peer;
  peer.says(kGreeting);
  QmpClient qmp = peer.client();
  ::raise(SIGTERM);
  CHECK_THROWS_AS(qmp.execute("x", json::object(), later()), Interrupted);
}

}  // namespace agentbox::qmp_client_test
