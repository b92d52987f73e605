// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/tls_authority.hpp"
#include "sys/unique_fd.hpp"

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// Both ends of the broker for tests: blocking sockets, with and without TLS, that send and show raw bytes. A peer that
// waits for what does not come fails after half a minute instead of hanging.
namespace agentbox::test {

class Peer {
 public:
  explicit Peer(UniqueFd fd, SSL_CTX* tls = nullptr) : fd_(std::move(fd)) {
    const timeval limit{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (tls == nullptr) return;
    ssl_.reset(::SSL_new(tls));
    ::SSL_set_fd(ssl_.get(), fd_.get());
    if (::SSL_accept(ssl_.get()) != 1) throw std::runtime_error("no TLS");
  }

  /// False when the other side is gone.
  bool send(std::string_view data) {
    while (!data.empty()) {
      errno = 0;
      const auto count =
          ssl_ ? ::SSL_write(ssl_.get(), data.data(), static_cast<int>(std::min<std::size_t>(data.size(), 1 << 20)))
               : ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        fail_if_late();
        return false;
      }
      data.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// More bytes; empty at the end.
  std::string receive() {
    char buffer[16 * 1024];
    errno = 0;
    const auto count =
        ssl_ ? ::SSL_read(ssl_.get(), buffer, sizeof buffer) : ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (count <= 0) {
      fail_if_late();
      return {};
    }
    return {buffer, static_cast<std::size_t>(count)};
  }

  /// Up to and with the mark; what came behind it is kept for the next call. Shorter only at the end of the stream.
  std::string until(const std::string& mark) {
    std::size_t at = 0;
    while ((at = kept_.find(mark)) == std::string::npos) {
      const std::string more = receive();
      if (more.empty()) return std::exchange(kept_, {});
      kept_ += more;
    }
    const std::string result = kept_.substr(0, at + mark.size());
    kept_.erase(0, result.size());
    return result;
  }
  std::string exactly(std::size_t size) {
    while (kept_.size() < size) {
      const std::string more = receive();
      if (more.empty()) return std::exchange(kept_, {});
      kept_ += more;
    }
    const std::string result = kept_.substr(0, size);
    kept_.erase(0, size);
    return result;
  }
  std::string rest() {
    std::string result = std::exchange(kept_, {});
    for (std::string more = receive(); !more.empty(); more = receive()) result += more;
    return result;
  }
  void half_close() { ::shutdown(fd_.get(), SHUT_WR); }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  /// Else a connection that nobody closes would look like one that was closed.
  static void fail_if_late() {
    if (errno == EAGAIN) throw std::runtime_error("a peer did nothing for half a minute");
  }
  UniqueFd fd_;
  std::unique_ptr<SSL, Release<SSL, &SSL_free>> ssl_;
  std::string kept_;
};

inline UniqueFd listen_on_loopback(int& port) {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener.get(), 64) != 0 ||
      ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("cannot listen");
  port = ntohs(address.sin_port);
  return listener;
}

inline UniqueFd connect_to_loopback(int port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
  return fd;
}

/// A model service: each connection is served by a function, in a thread of its own. Keeps all it was sent.
class UpstreamServer {
 public:
  using Serve = std::function<void(Peer&)>;
  explicit UpstreamServer(Serve serve, Identity* identity = nullptr) : serve_(std::move(serve)) {
    if (identity != nullptr) {
      tls_.reset(::SSL_CTX_new(::TLS_server_method()));
      ::SSL_CTX_use_certificate(tls_.get(), identity->certificate.get());
      ::SSL_CTX_use_PrivateKey(tls_.get(), identity->key.get());
    }
    listener_ = listen_on_loopback(port_);
    accepting_ = std::thread([this] { accept_all(); });
  }
  UpstreamServer(const UpstreamServer&) = delete;
  UpstreamServer& operator=(const UpstreamServer&) = delete;
  ~UpstreamServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);  // wakes accept()
    accepting_.join();
    for (std::thread& thread : connections_) thread.join();
  }

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const {
    return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_);
  }
  [[nodiscard]] int connections() const { return count_; }

  /// A head, and the body that its content-length announces; kept in received().
  std::string read_request(Peer& peer) {
    std::string request = peer.until("\r\n\r\n");
    if (const auto at = request.find("content-length: "); at != std::string::npos)
      request += peer.exactly(std::strtoul(request.c_str() + at + 16, nullptr, 10));
    const std::lock_guard lock(mutex_);
    received_ += request;
    return request;
  }
  [[nodiscard]] std::string received() {
    const std::lock_guard lock(mutex_);
    return received_;
  }

 private:
  void accept_all() {
    for (;;) {
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) return;
      ++count_;
      connections_.emplace_back([this, number = fd.release()] {
        try {
          Peer peer(UniqueFd(number), tls_.get());
          serve_(peer);
        } catch (const std::runtime_error&) {
          // A client that does not like our certificate is what some tests are about.
        }
      });
    }
  }

  Serve serve_;
  std::unique_ptr<SSL_CTX, Release<SSL_CTX, &SSL_CTX_free>> tls_;
  int port_ = 0;
  UniqueFd listener_;
  std::thread accepting_;
  std::vector<std::thread> connections_;
  std::atomic<int> count_ = 0;
  std::mutex mutex_;
  std::string received_;
};

}  // namespace agentbox::test
