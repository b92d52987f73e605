// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/broker/guest_connection.hpp"
#include "gateway/broker/masker.hpp"
#include "gateway/broker/usage/usage_reader.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox::broker {

/// A request's body, of which something may have been read already.
struct RequestBody {
  explicit RequestBody(Framing body_framing) : framing(body_framing), decoder(body_framing) {}
  Framing framing;
  BodyDecoder decoder;  ///< behind what begun holds
  std::string begun;
};

/// The most that the body of this call may have.
std::uint64_t largest_body(const Forward& forward, const BrokerLimits& limits);

/// One call: the request to the upstream, the response back, and its entry in the account. Used once.
///
/// The order is that of HTTP/1: the whole request, then the response. Each run of the request is written before the
/// next is read; while one run of the response is written the next is read, and no more. So memory is bounded by a few
/// buffers whatever passes through.
class Exchange {
 public:
  Exchange(BrokerState::Parts& parts, GuestConnection& guest, const Forward& forward, RequestBody body);
  ~Exchange();

  struct Outcome {
    /// Whether the guest's connection stands between two messages.
    enum class Guest { ready, unusable } guest = Guest::unusable;
    std::optional<Refusal> refusal;  ///< to be sent: nothing was sent yet
    BrokerEvent event;
    std::unique_ptr<UpstreamConnection> reusable;  ///< for the next call, if it took a whole one
  };
  /// kept: a connection of an earlier call, or none.
  boost::asio::awaitable<Outcome> run(std::unique_ptr<UpstreamConnection> kept);

 private:
  boost::asio::awaitable<std::optional<Refusal>> connect(std::unique_ptr<UpstreamConnection> kept);
  boost::asio::awaitable<bool> send_head();
  boost::asio::awaitable<std::optional<Refusal>> send_body();
  boost::asio::awaitable<bool> send_piece(std::string_view data);
  boost::asio::awaitable<std::optional<Refusal>> read_response_head();
  boost::asio::awaitable<bool> relay_response();
  boost::asio::awaitable<bool> relay_body(KeyMasker& masker, std::string& out);
  boost::asio::awaitable<std::string_view> read_upstream();

  [[nodiscard]] std::optional<Refusal> judge_response();
  [[nodiscard]] std::string response_head() const;
  [[nodiscard]] Refusal upstream_failure(std::string_view what) const;
  void decode(std::string_view input, BodyDecoder& decoder, KeyMasker& masker, std::string& out);
  void settle_account();

  BrokerState::Parts& parts_;
  GuestConnection& guest_;
  const Forward& forward_;
  const BrokerRoute& route_;
  RequestBody body_;
  std::unique_ptr<UpstreamConnection> upstream_;
  Deadline deadline_;
  std::optional<UsageReader> usage_;
  ResponseHead response_;
  std::string input_;  ///< of the response's head, and of what is behind it until that is used
  /// Makes one packet of the guest's network with what is put around it: for a guest under emulation each packet is
  /// dear.
  std::array<char, 60 * 1024> buffer_{};
  BrokerEvent event_;
  /// How far it came, for the account: what reached the upstream may be paid for, whether its answer arrived or not.
  enum class Progress { nothing_sent, request_sent } progress_ = Progress::nothing_sent;
  bool guest_gone_ = false;
};

}  // namespace agentbox::broker
