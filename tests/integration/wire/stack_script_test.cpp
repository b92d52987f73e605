// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/address_label.hpp"
#include "support/catch.hpp"
#include "sys/fd_passing.hpp"
#include "wire/stack/stack.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <deque>
#include <optional>
#include <string>

namespace agentbox::stack_script_test {

// The wire's own TCP/IP against a guest that is no kernel but a script: what a kernel never does is what an attacker
// does. The guest's frames are ours turned round: sums do not change when source and destination change places.

using namespace agentbox::wire;

namespace {

constexpr std::uint32_t far_away = 0x5DB8D822;
constexpr std::uint8_t fin = TcpFlags::fin, syn = TcpFlags::syn, rst = TcpFlags::rst, ack = TcpFlags::ack;

std::string turned(std::string frame) {
  std::swap_ranges(frame.begin(), frame.begin() + 6, frame.begin() + 6);
  std::swap_ranges(frame.begin() + 26, frame.begin() + 30, frame.begin() + 30);
  std::swap_ranges(frame.begin() + 34, frame.begin() + 36, frame.begin() + 36);
  return frame;
}

std::string frame_of(const TcpSegment& segment) {
  std::string frame(frame_size(segment), '\0');
  std::copy(segment.payload.begin(), segment.payload.end(),
            frame.end() - static_cast<std::ptrdiff_t>(segment.payload.size()));
  write_segment(frame, {2, 0, 0, 0, 0, 1}, segment);
  return turned(frame);
}

struct Pair {
  UniqueFd ours;
  UniqueFd theirs;
  explicit Pair(int type) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    ours = UniqueFd(ends[0]);
    theirs = UniqueFd(ends[1]);
  }
};

/// A segment that came, with bytes of its own.
struct Heard {
  TcpSegment segment;
  std::string payload;
};

struct Script {
  Pair connections{SOCK_SEQPACKET};
  Pair names{SOCK_SEQPACKET};
  Pair cable{SOCK_STREAM};
  std::unique_ptr<Stack> stack = std::make_unique<Stack>(connections.ours.get(), names.ours.get());
  std::unique_ptr<FrameReader> reader = std::make_unique<FrameReader>();
  Stack::Time now = TcpConnection::Clock::now();

  /// One turn of StackPump, but for what comes from QEMU; returns what went to the guest.
  std::deque<Heard> turn() {
    std::array<pollfd, Stack::poll_size> set;
    const std::size_t used = stack->fill(set);
    REQUIRE(::poll(set.data(), used, 0) >= 0);
    stack->serve(std::span(set).first(used));
    stack->on_time(now);
    stack->send_all(now);
    std::deque<Heard> heard;
    do {
      REQUIRE(stack->frames.flush(cable.ours.get()) != FrameQueue::Flushed::broken);
      take_cable(heard);
    } while (!stack->frames.empty());
    return heard;
  }

  void take_cable(std::deque<Heard>& heard) const {
    while (true) {
      const std::span<char> space = reader->space();
      const ssize_t count = ::recv(cable.theirs.get(), space.data(), space.size(), 0);
      if (count <= 0) return;
      reader->received(static_cast<std::size_t>(count));
      while (const auto frame = reader->next()) hear(std::string(frame->begin(), frame->end()), heard);
    }
  }

  static void hear(const std::string& frame, std::deque<Heard>& heard) {
    const std::string back = turned(frame);
    const Received received = read_frame(back);
    if (const auto* segment = std::get_if<TcpSegment>(&received.what)) {
      heard.push_back({*segment, {segment->payload.begin(), segment->payload.end()}});
      heard.back().segment.payload = {};
    }
  }
};

/// One connection of the guest's, made.
struct Guest {
  Script& script;
  std::uint16_t port;
  std::uint32_t sent = 0;      ///< the next number of ours
  std::uint32_t expected = 0;  ///< the next one of theirs
  UniqueFd host;               ///< the far end

  explicit Guest(Script& the_script, std::uint16_t guest_port = 40000, std::uint32_t sequence = 1000)
      : script(the_script), port(guest_port) {
    say(syn, sequence, 0, {}, 65535);
    const auto heard = script.turn();
    REQUIRE(heard.size() == 1);
    REQUIRE(heard[0].segment.flags == (syn | ack));
    CHECK(heard[0].segment.acknowledged == sequence + 1);
    sent = sequence + 1;
    expected = heard[0].segment.sequence + 1;
    auto message = receive_with_fds(script.connections.theirs.get(), 64);
    REQUIRE(message);
    host = std::move(message->fds.at(0));
    say(ack, sent, expected);
  }

  void say(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledged, const std::string& payload = {},
           std::uint16_t window = 65535) const {
    TcpSegment segment{.far_address = far_away,
                       .far_port = 443,
                       .guest_port = port,
                       .sequence = sequence,
                       .acknowledged = acknowledged,
                       .flags = flags,
                       .window = window,
                       .payload = Bytes(payload.data(), payload.size())};
    if ((flags & syn) != 0) {
      segment.most = 65480;
      segment.window_scale = 0;
    }
    script.stack->take_frame(frame_of(segment));
  }
  void acknowledge(std::uint32_t more, std::uint16_t window = 65535) {
    expected += more;
    say(ack, sent, expected, {}, window);
  }
  [[nodiscard]] std::string read() const {
    std::string bytes(1 << 20, '\0');
    const ssize_t count = ::recv(host.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN ? "(nothing)" : "(broken)";
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }
  void write(const std::string& bytes) const {
    REQUIRE(::send(host.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
};

std::string contents(const std::deque<Heard>& heard) {
  std::string all;
  for (const Heard& one : heard) all += one.payload;
  return all;
}

}  // namespace

TEST_CASE("segments that overlap, repeat or come too early give each byte once and in its place") {
  Script script;
  const std::uint32_t first = GENERATE(1000U, 0xFFFFFFFAU);  // numbers wrap in the midst of it
  Guest guest(script, 40000, first);
  const std::uint32_t at = guest.sent;
  guest.say(ack, at, guest.expected, "abcd");
  guest.say(ack, at + 8, guest.expected, "ijkl");          // too early: asked for again
  guest.say(ack, at + 2, guest.expected, "cdefgh");        // begins before, ends behind
  guest.say(ack, at, guest.expected, "XXXX");              // known: what was first stays
  guest.say(ack, at - 3, guest.expected, "YYYYYYYYYYYi");  // known but for its last byte
  CHECK(guest.read() == "abcdefghi");
  const auto heard = script.turn();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].segment.acknowledged == at + 9);
}

TEST_CASE("what is beyond the window is not taken, and the guest is told how far it got") {
  Script script;
  Guest guest(script);
  // The far end reads nothing: its socket fills, then the window.
  const std::string piece(60000, 'x');
  std::uint32_t at = guest.sent;
  std::uint16_t window = 1;
  std::size_t pieces = 0;
  while (window > 0) {
    REQUIRE(++pieces < 1000);
    guest.say(ack, at, guest.expected, piece);
    const auto heard = script.turn();
    REQUIRE(heard.size() == 1);
    at = heard[0].segment.acknowledged;
    window = heard[0].segment.window;
  }
  guest.say(ack, at, guest.expected, "more");
  guest.say(ack | fin, at, guest.expected, "more, and an end that does not count without it");
  const auto heard = script.turn();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].segment.acknowledged == at);
  // As it reads the window is shown again, unasked, and nothing was lost.
  std::size_t total = 0;
  bool shown = false;
  for (std::string bytes = guest.read(); bytes != "(nothing)"; bytes = guest.read()) {
    total += bytes.size();
    for (const Heard& one : script.turn()) shown = shown || one.segment.window > 0;
  }
  CHECK(total == at - guest.sent);
  CHECK(shown);
}

TEST_CASE("acknowledgements of what was never sent, and numbers from elsewhere, change nothing") {
  Script script;
  Guest guest(script);
  guest.write("hello");
  CHECK(contents(script.turn()) == "hello");
  guest.say(ack, guest.sent, guest.expected + 6);            // one more than there is
  guest.say(ack, guest.sent, guest.expected + 0x80000000U);  // half round
  guest.say(ack, guest.sent, guest.expected - 100);          // long ago
  guest.say(rst, guest.sent - 1, 0);                         // a reset from outside of the window
  guest.say(rst, guest.sent + 70000, 0);
  guest.say(syn, guest.sent + 5, 0);  // a new beginning in the midst of it
  guest.say(0, guest.sent, 0, "no ACK, no content");
  script.turn();
  guest.acknowledge(5);
  guest.write(", world");
  CHECK(contents(script.turn()) == ", world");
  CHECK(guest.read() == "(nothing)");
  guest.say(ack, guest.sent, guest.expected, "still here");
  CHECK(guest.read() == "still here");
  guest.say(rst, guest.sent + 10, 0);
  script.turn();
  CHECK(guest.read().empty());
}

TEST_CASE("what is not acknowledged is sent again: in time, and at once when the guest asks three times") {
  Script script;
  Guest guest(script);
  guest.write("lost");
  CHECK(contents(script.turn()) == "lost");
  CHECK(contents(script.turn()).empty());
  script.now += std::chrono::seconds(1);
  CHECK(contents(script.turn()) == "lost");
  guest.acknowledge(0);
  guest.acknowledge(0);
  CHECK(contents(script.turn()).empty());
  guest.acknowledge(0);
  CHECK(contents(script.turn()) == "lost");
  // Without end it does not go on: a guest that asks for ever is not answered each time.
  for (int i = 0; i < 10; ++i) guest.acknowledge(0);
  CHECK(contents(script.turn()).empty());
  guest.acknowledge(4);
  script.now += std::chrono::seconds(100);
  CHECK(script.turn().empty());
}

// A reader that is slow opens its window step by step. Each step is an acknowledgement without news, and was taken for
// a request to send all of it again.
TEST_CASE("a window that opens is no request to send again") {
  Script script;
  Guest guest(script);
  guest.acknowledge(0, 10);
  guest.write(std::string(1000, 'a'));
  CHECK(contents(script.turn()).size() == 10);
  std::size_t sent = 10;
  for (std::uint16_t window = 20; window <= 60; window = static_cast<std::uint16_t>(window + 10)) {
    guest.say(ack, guest.sent, guest.expected, {}, window);
    sent += contents(script.turn()).size();
  }
  CHECK(sent == 60);
}

// The byte that asks counted as sent: when the window opened what followed came without it, and all waited for the next
// alarm, which after a pause was half a minute away.
TEST_CASE("a closed window is asked after with one byte, and what the guest does not take is not lost") {
  Script script;
  Guest guest(script);
  guest.acknowledge(0, 0);
  guest.write("waiting");
  CHECK(contents(script.turn()).empty());
  script.now += std::chrono::seconds(1);
  CHECK(contents(script.turn()) == "w");
  guest.acknowledge(0, 0);
  CHECK(contents(script.turn()).empty());
  guest.acknowledge(0, 100);
  CHECK(contents(script.turn()) == "waiting");
}

TEST_CASE("an end counts once, and nothing comes after it") {
  Script script;
  Guest guest(script);
  guest.say(ack | fin, guest.sent, guest.expected, "last");
  guest.say(ack | fin, guest.sent, guest.expected, "last");
  guest.say(ack, guest.sent + 5, guest.expected, "after the end");
  CHECK(guest.read() == "last");
  CHECK(guest.read().empty());
  const auto heard = script.turn();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].segment.acknowledged == guest.sent + 5);
  guest.write("answer");
  guest.host.reset();
  const auto rest = script.turn();
  CHECK(contents(rest) == "answer");
  CHECK((rest.back().segment.flags & fin) != 0);
  // Its acknowledgement is the connection's end: the same name is free.
  guest.sent += 5;
  guest.acknowledge(7);
  script.turn();
  Guest again(script, 40000, 5000);
  CHECK(again.read() == "(nothing)");
}

// A server that speaks first may have gone again before the guest's last word of the handshake is here. Its words were
// lost by that.
TEST_CASE("what a far end says and leaves behind before the connection is made arrives") {
  const bool spoken = GENERATE(true, false);
  Script script;
  const TcpSegment hello{
      .far_address = far_away, .far_port = 443, .guest_port = 40000, .sequence = 1, .flags = syn, .window = 65535};
  script.stack->take_frame(frame_of(hello));
  const auto heard = script.turn();
  REQUIRE(heard.size() == 1);
  UniqueFd host = std::move(receive_with_fds(script.connections.theirs.get(), 64)->fds.at(0));
  if (spoken) REQUIRE(::send(host.get(), "word", 4, 0) == 4);
  host.reset();
  const auto early = script.turn();
  if (!spoken) {
    REQUIRE(early.size() == 1);
    CHECK(early[0].segment.has(rst));
    return;
  }
  CHECK(early.empty());
  script.stack->take_frame(frame_of({.far_address = far_away,
                                     .far_port = 443,
                                     .guest_port = 40000,
                                     .sequence = 2,
                                     .acknowledged = heard[0].segment.sequence + 1,
                                     .flags = ack,
                                     .window = 65535}));
  const auto late = script.turn();
  CHECK(contents(late) == "word");
  REQUIRE_FALSE(late.empty());
  CHECK(late.back().segment.has(fin));
}

TEST_CASE("a guest that vanishes does not keep its connection when the far end has gone") {
  Script script;
  Guest guest(script);
  guest.write("nobody reads this");
  guest.host.reset();
  for (int i = 0; i < 20; ++i) {
    script.turn();
    script.now += std::chrono::seconds(60);
  }
  CHECK_FALSE(script.stack->alarm());
}

TEST_CASE("an MSS that is none at all does not make an endless number of segments") {
  Script script;
  const TcpSegment hello{.far_address = far_away,
                         .far_port = 443,
                         .guest_port = 40000,
                         .sequence = 1,
                         .flags = syn,
                         .window = 65535,
                         .most = 0};
  script.stack->take_frame(frame_of(hello));
  const auto heard = script.turn();
  REQUIRE(heard.size() == 1);
  const UniqueFd host = std::move(receive_with_fds(script.connections.theirs.get(), 64)->fds.at(0));
  script.stack->take_frame(frame_of({.far_address = far_away,
                                     .far_port = 443,
                                     .guest_port = 40000,
                                     .sequence = 2,
                                     .acknowledged = heard[0].segment.sequence + 1,
                                     .flags = ack,
                                     .window = 65535}));
  const std::string text(6400, 'a');
  REQUIRE(::send(host.get(), text.data(), text.size(), 0) == 6400);
  CHECK(script.turn().size() == 100);
}

// Three downloads filled the cable's queue with each acknowledgement, before anybody else's turn came: among those was
// the session's own SSH connection.
TEST_CASE("connections that always have something to send do not keep another one silent") {
  Script script;
  Guest quiet(script, 39999);
  std::deque<Guest> busy;
  for (std::uint16_t i = 0; i < 8; ++i) busy.emplace_back(script, static_cast<std::uint16_t>(40000 + i));
  const std::string piece(60000, 'x');
  bool said = false;
  for (int i = 0; i < 100 && !said; ++i) {
    for (const Guest& one : busy) {
      while (::send(one.host.get(), piece.data(), piece.size(), MSG_DONTWAIT) > 0) {
      }
    }
    if (i == 20) quiet.write("hello");
    for (const Heard& heard : script.turn()) {
      if (heard.segment.guest_port == quiet.port) said = said || heard.payload == "hello";
      for (Guest& one : busy) {
        if (one.port == heard.segment.guest_port) one.acknowledge(static_cast<std::uint32_t>(heard.payload.size()));
      }
    }
  }
  CHECK(said);
}

TEST_CASE("no more connections than there may be") {
  Script script;
  script.stack->limit_connections(2);
  const Guest first(script, 1);
  const Guest second(script, 2);
  CHECK_FALSE(script.stack->dial(22));
  script.stack->take_frame(frame_of(
      {.far_address = far_away, .far_port = 443, .guest_port = 3, .sequence = 1, .flags = syn, .window = 1000}));
  bool reset = false;
  for (const Heard& heard : script.turn()) reset = reset || (heard.segment.guest_port == 3 && heard.segment.has(rst));
  CHECK(reset);
}

}  // namespace agentbox::stack_script_test
