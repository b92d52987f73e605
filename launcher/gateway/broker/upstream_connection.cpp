// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/upstream_connection.hpp"

#include "core/text.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace agentbox::broker {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// The certificate has to be for this name or address. Server names are for names only.
bool expect_host(SSL* ssl, const std::string& host) {
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address) return ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), host.c_str()) == 1;
  ::SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return ::SSL_set1_host(ssl, host.c_str()) == 1 && ::SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

UpstreamConnection::UpstreamConnection(const asio::any_io_executor& executor, asio::ssl::context& tls,
                                       Upstream upstream)
    : upstream_(std::move(upstream)), stream_(tcp::socket(executor), tls) {}

Refusal UpstreamConnection::unreachable(const error_code& failure) const {
  return refuse(Reason::upstream_unreachable,
                fmt::format("the service {} cannot be reached: {}", upstream_.to_string(), failure.message()));
}

asio::awaitable<std::optional<Refusal>> UpstreamConnection::connect() {
  error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  error_code not_an_address;
  const auto address = asio::ip::make_address(upstream_.host, not_an_address);
  if (!not_an_address) {
    co_await stream_.next_layer().async_connect(tcp::endpoint(address, upstream_.port), token);
  } else {
    tcp::resolver resolver(stream_.get_executor());
    const std::string port = std::to_string(upstream_.port);
    const auto found = co_await resolver.async_resolve(upstream_.host, port, tcp::resolver::numeric_service, token);
    if (failure) co_return unreachable(failure);
    // Closed while the name was looked up, which cannot be interrupted; async_connect would open it again.
    if (closed_) co_return unreachable(asio::error::operation_aborted);
    co_await asio::async_connect(stream_.next_layer(), found, token);
  }
  if (failure) co_return unreachable(failure);
  error_code ignored;
  stream_.next_layer().set_option(tcp::no_delay(true), ignored);
  stream_.next_layer().non_blocking(true, ignored);  // for read_ready()
  if (upstream_.scheme == Upstream::Scheme::http) co_return std::nullopt;
  co_return co_await shake_hands();
}

asio::awaitable<std::optional<Refusal>> UpstreamConnection::shake_hands() {
  if (!expect_host(stream_.native_handle(), upstream_.host)) co_return unreachable(asio::error::no_memory);
  error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  co_await stream_.async_handshake(asio::ssl::stream_base::client, token);
  if (!failure) co_return std::nullopt;
  const long verdict = ::SSL_get_verify_result(stream_.native_handle());
  if (verdict == X509_V_OK) co_return unreachable(failure);
  co_return refuse(
      Reason::upstream_untrusted,
      fmt::format("the service {} did not prove who it is ({}), so the key was not sent. If this network "
                  "re-signs TLS, its authority must be among the host's (SSL_CERT_FILE)",
                  upstream_.to_string(), ::X509_verify_cert_error_string(verdict)));
}

asio::awaitable<bool> UpstreamConnection::write(std::string_view data) {
  error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  const auto buffer = asio::buffer(data.data(), data.size());
  if (upstream_.scheme == Upstream::Scheme::https) {
    co_await asio::async_write(stream_, buffer, token);
  } else {
    co_await asio::async_write(stream_.next_layer(), buffer, token);
  }
  co_return !failure;
}

asio::awaitable<std::optional<std::size_t>> UpstreamConnection::read(char* bytes, std::size_t size) {
  error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  const auto buffer = asio::buffer(bytes, size);
  std::size_t count = 0;
  if (upstream_.scheme == Upstream::Scheme::https) {
    count = co_await stream_.async_read_some(buffer, token);
    if (!failure) count += read_ready(bytes + count, size - count);
  } else {
    count = co_await stream_.next_layer().async_read_some(buffer, token);
  }
  if (failure == asio::error::eof) co_return std::size_t{0};
  if (failure) co_return std::nullopt;
  co_return count;
}

/// TLS comes in records of 16 KiB at most, and each read gives one. Those that are there already are read with the
/// first: so they make one write to the guest. What goes wrong is left for the next read() to find.
std::size_t UpstreamConnection::read_ready(char* bytes, std::size_t size) {
  std::size_t total = 0;
  error_code failure;
  while (!failure && total < size) {
    total += stream_.read_some(asio::buffer(bytes + total, size - total), failure);
  }
  return total;
}

bool UpstreamConnection::is_idle() {
  if (closed_ || !stream_.next_layer().is_open()) return false;
  char byte = 0;
  return ::recv(stream_.next_layer().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

void UpstreamConnection::close() noexcept {
  closed_ = true;
  error_code ignored;
  stream_.next_layer().close(ignored);
}

}  // namespace agentbox::broker
