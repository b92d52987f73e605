// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/guest_connection.hpp"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace agentbox::broker {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::milliseconds farewell{2'000};

}  // namespace

GuestConnection::GuestConnection(Socket socket, const BrokerLimits& limits)
    : socket_(std::move(socket)), limits_(limits), deadline_(socket_.get_executor(), [this] {
        error_code ignored;
        socket_.close(ignored);
      }),
      writing_(std::make_shared<Writing>(socket_.get_executor(), this)) {}

asio::awaitable<std::size_t> GuestConnection::read_more() {
  error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  const std::size_t count = co_await socket_.async_read_some(asio::buffer(buffer_), token);
  if (failure) co_return std::size_t{0};
  input_.append(buffer_.data(), count);
  co_return count;
}

asio::awaitable<GuestConnection::HeadOutcome> GuestConnection::read_head() {
  deadline_.arm(input_.empty() ? limits_.keep_alive : limits_.head_time);
  bool begun = !input_.empty();
  for (;;) {
    head_size_ = head_length(input_);
    if (head_size_ != std::string_view::npos) break;
    if (input_.size() > limits_.head_bytes) co_return HeadOutcome::too_long;
    const std::size_t count = co_await read_more();
    if (count == 0) co_return HeadOutcome::gone;
    // From the first byte on the time is short, and is not renewed by each further byte.
    if (!std::exchange(begun, true)) deadline_.arm(limits_.head_time);
  }
  deadline_.disarm();
  co_return head_size_ > limits_.head_bytes ? HeadOutcome::too_long : HeadOutcome::complete;
}

std::string GuestConnection::take_head() {
  std::string head = input_.substr(0, head_size_);
  input_.erase(0, head_size_);
  return head;
}

asio::awaitable<bool> GuestConnection::write(std::string_view data) {
  error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  // As patient as with a model: the user may have stopped the agent for a while.
  deadline_.arm(limits_.answer_idle);
  co_await asio::async_write(socket_, asio::buffer(data.data(), data.size()), token);
  deadline_.disarm();
  co_return !failure;
}

void GuestConnection::begin_write(std::string& data) {
  std::swap(writing_->data, data);
  data.clear();
  writing_->under_way = true;
  deadline_.arm(limits_.answer_idle);
  asio::async_write(socket_, asio::buffer(writing_->data),
                    [writing = writing_](const error_code& failure, std::size_t /*written*/) {
                      if (writing->owner != nullptr) writing->owner->end_write(failure.failed());
                    });
}

void GuestConnection::end_write(bool failed) {
  deadline_.disarm();
  writing_->under_way = false;
  writing_->failed = failed;
  writing_->end.cancel();
  if (failed && watch_ && watch_->gone) watch_->gone();
}

asio::awaitable<bool> GuestConnection::written() {
  error_code woken;
  if (writing_->under_way) co_await writing_->end.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  co_return !writing_->failed;
}

asio::awaitable<std::optional<std::string_view>> GuestConnection::read_body(BodyDecoder& decoder) {
  for (;;) {
    while (!input_.empty() && !decoder.done() && !decoder.failed()) {
      const BodyDecoder::Step step = decoder.feed(input_);
      body_.assign(step.data);
      input_.erase(0, step.consumed);
      if (!body_.empty()) co_return std::string_view(body_);
    }
    if (decoder.failed()) co_return std::nullopt;
    if (decoder.done()) co_return std::string_view();
    deadline_.arm(limits_.transfer_idle);
    const std::size_t count = co_await read_more();
    deadline_.disarm();
    if (count == 0) co_return std::nullopt;
  }
}

asio::awaitable<bool> GuestConnection::drop_body(BodyDecoder& decoder, std::uint64_t most) {
  std::uint64_t dropped = 0;
  for (;;) {
    const auto run = co_await read_body(decoder);
    if (!run) co_return false;
    if (run->empty()) co_return true;
    dropped += run->size();
    if (dropped > most) co_return false;
  }
}

asio::awaitable<void> GuestConnection::close_gently() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  deadline_.arm(farewell);
  for (std::uint64_t dropped = 0; dropped < most_dropped;) {
    const std::size_t count = co_await read_more();
    if (count == 0) break;
    dropped += count;
    input_.clear();
  }
  deadline_.disarm();
  socket_.close(ignored);
}

void GuestConnection::watch(std::function<void()> gone) {
  watch_ = std::make_shared<Watch>(Watch{std::move(gone)});
  if (!input_.empty()) return;  // the next request is here already, so the guest is
  const int fd = socket_.native_handle();
  socket_.async_wait(Socket::wait_read, [watch = watch_, fd](const error_code& failure) {
    if (failure || !watch->gone) return;
    char byte = 0;
    if (::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) watch->gone();
  });
}

void GuestConnection::stop_watching() {
  if (!watch_) return;
  watch_->gone = nullptr;
  watch_.reset();
  error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace agentbox::broker
