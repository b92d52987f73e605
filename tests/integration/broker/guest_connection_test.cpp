// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// Writing to the guest while something else is waited for.
#include "gateway/broker/guest_connection.hpp"
#include "support/catch.hpp"
#include "support/http_peers.hpp"

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <thread>

namespace agentbox::guest_connection_test {

using namespace agentbox::test;
using broker::GuestConnection;

namespace {

constexpr std::size_t more_than_fits = 4U << 20U;

/// A connection whose other end is a peer of the test's.
struct Ends {
  boost::asio::io_context io;
  BrokerLimits limits;
  std::optional<Peer> peer;
  std::optional<GuestConnection> guest;

  explicit Ends(BrokerLimits with = {}) : limits(with) {
    int both[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) == 0);
    peer.emplace(UniqueFd(both[0]));
    guest.emplace(GuestConnection::Socket(io, boost::asio::generic::stream_protocol(AF_UNIX, 0), both[1]), limits);
  }
};

boost::asio::awaitable<void> wait_for_write(GuestConnection& guest, std::optional<bool>& written) {
  written = co_await guest.written();
}

}  // namespace

TEST_CASE("a write that was begun goes on by itself, and its memory comes back with the next") {
  Ends ends;
  std::optional<bool> written;
  std::string text(more_than_fits, 'a');
  ends.guest->begin_write(text);
  CHECK(text.empty());
  boost::asio::co_spawn(ends.io, wait_for_write(*ends.guest, written), boost::asio::detached);
  std::string received;
  std::thread reading([&] { received = ends.peer->exactly(more_than_fits); });
  ends.io.run();
  reading.join();
  CHECK(written == true);
  CHECK(received == std::string(more_than_fits, 'a'));

  text = "b";
  ends.guest->begin_write(text);
  CHECK(text.empty());
  CHECK(text.capacity() >= more_than_fits);
  ends.io.restart();
  ends.io.run();
  CHECK(ends.peer->exactly(1) == "b");
}

// An upstream that falls silent would hide for minutes that its guest takes nothing: nobody asks for the write's end
// meanwhile.
TEST_CASE("a guest that takes nothing is told of at once, whatever else is waited for") {
  BrokerLimits limits;
  limits.answer_idle = std::chrono::milliseconds(100);
  Ends ends(limits);
  int told = 0;
  ends.guest->watch([&] { ++told; });
  std::string text(more_than_fits, 'a');
  ends.guest->begin_write(text);
  ends.io.run();
  CHECK(told == 1);
  std::optional<bool> written;
  boost::asio::co_spawn(ends.io, wait_for_write(*ends.guest, written), boost::asio::detached);
  ends.io.restart();
  ends.io.run();
  CHECK(written == false);
}

TEST_CASE("a write that is done has no deadline any more") {
  BrokerLimits limits;
  limits.answer_idle = std::chrono::milliseconds(100);
  Ends ends(limits);
  std::string text = "a";
  ends.guest->begin_write(text);
  ends.io.run();  // until nothing is left to come, the deadline included
  text = "b";
  ends.guest->begin_write(text);
  ends.io.restart();
  ends.io.run();
  CHECK(ends.peer->exactly(2) == "ab");
}

TEST_CASE("a connection may end while it writes") {
  Ends ends;
  std::string text(more_than_fits, 'a');
  ends.guest->begin_write(text);
  ends.io.poll();
  ends.guest.reset();
  ends.io.run();
  CHECK(ends.peer->rest().size() < more_than_fits);
}

}  // namespace agentbox::guest_connection_test
