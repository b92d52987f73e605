// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/admission.hpp"
#include "gateway/broker/asio.hpp"
#include "gateway/broker/deadline.hpp"
#include "gateway/broker/http/body.hpp"
#include "gateway/broker/parts.hpp"
#include "gateway/broker/upstream_connection.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox::broker {

/// The guest's side of one connection: heads and bodies in, responses out, each step with its deadline. All functions
/// that read or write say false (or nothing) when the guest is gone or too slow; then there is nobody left to tell.
class GuestConnection {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  GuestConnection(Socket socket, const BrokerLimits& limits);
  GuestConnection(const GuestConnection&) = delete;
  GuestConnection& operator=(const GuestConnection&) = delete;
  ~GuestConnection() { writing_->owner = nullptr; }

  [[nodiscard]] boost::asio::any_io_executor executor() { return socket_.get_executor(); }

  enum class HeadOutcome { complete, too_long, gone };
  /// Waits for a whole head; head() is it until take_head().
  boost::asio::awaitable<HeadOutcome> read_head();
  /// The head's bytes, removed from what was read.
  std::string take_head();

  boost::asio::awaitable<bool> write(std::string_view data);
  /// The same in two steps, between which something else can be waited for. begin_write() takes the data, and leaves an
  /// empty text with the memory of the one before; one at a time. When it fails a watch is told at once.
  void begin_write(std::string& data);
  /// Waits until what was begun is written, if anything was.
  boost::asio::awaitable<bool> written();

  /// The next run of the request's body, valid until the next call; empty at its end (see decoder), no value when the
  /// guest is gone or the framing is broken.
  boost::asio::awaitable<std::optional<std::string_view>> read_body(BodyDecoder& decoder);
  /// Reads a body that nobody wants, so that the connection can go on; false when it cannot.
  static constexpr std::uint64_t most_dropped = 8ULL * 1024 * 1024;
  boost::asio::awaitable<bool> drop_body(BodyDecoder& decoder, std::uint64_t most = most_dropped);
  /// Says that nothing more will come, and gives the guest a moment to read: closing with unread input would make the
  /// kernel throw away the answer on its way.
  boost::asio::awaitable<void> close_gently();

  /// Until cancelled, calls gone() once when the guest closes its side. Not while something else is read.
  void watch(std::function<void()> gone);
  void stop_watching();

 private:
  struct Watch {
    std::function<void()> gone;  ///< empty: cancelled
  };
  /// Of begin_write(); kept by its handler, too, which may be called after this connection's end.
  struct Writing {
    Writing(const boost::asio::any_io_executor& executor, GuestConnection* connection)
        : owner(connection), end(executor, boost::asio::steady_timer::time_point::max()) {}
    GuestConnection* owner;
    std::string data;
    bool under_way = false;
    bool failed = false;
    boost::asio::steady_timer end;  ///< cancelled when it is
  };
  void end_write(bool failed);
  boost::asio::awaitable<std::size_t> read_more();

  Socket socket_;
  const BrokerLimits& limits_;
  Deadline deadline_;
  std::string input_;  ///< read, and not used yet
  std::size_t head_size_ = 0;
  std::string body_;  ///< the run that read_body() showed last
  std::array<char, 16 * 1024> buffer_{};
  std::shared_ptr<Watch> watch_;
  std::shared_ptr<Writing> writing_;
};

}  // namespace agentbox::broker
