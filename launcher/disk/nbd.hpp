// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace agentbox {

/// A client at the other end of a stream.
class NbdClient {
 public:
  virtual ~NbdClient() = default;
  /// Fills out. False when the client has left before the first byte. Throws Error{environment} when it left later.
  virtual bool receive(std::span<char> out) = 0;
  /// Throws Error{environment} when nobody takes it.
  virtual void send(std::string_view bytes) = 0;
};

/// Serves one disk to one client, QEMU: as much of the NBD protocol as it takes to read (fixed newstyle
/// negotiation, one export whatever it is called, simple replies). Source: doc/proto.md of the NBD project. The client is not trusted:
/// QEMU may have been taken over by its guest.
class NbdServer {
 public:
  /// Fills the bytes at an offset; false: they cannot be read. Called for nothing outside of the disk.
  using Read = std::function<bool(std::uint64_t offset, std::span<char> out)>;

  /// client: must outlive the server. size: of the disk, in bytes.
  NbdServer(NbdClient& client, std::uint64_t size) : client_(client), size_(size) {}

  /// Until the client wants to read. False: it has left. Throws as serve() does.
  bool negotiate();
  /// The rest, to the end of the connection. Throws Error{internal} for a client that does not speak the protocol, and what the client's stream
  /// throws.
  void serve(const Read& read);

 private:
  enum class Negotiated { yes, not_yet };
  Negotiated answer_option(std::uint32_t option, std::uint32_t client_flags);
  void answer_read(std::uint64_t handle, std::uint64_t offset, std::uint32_t length, const Read& read);
  void answer(std::uint64_t handle, std::uint32_t error);

  NbdClient& client_;
  std::uint64_t size_;
};

}  // namespace agentbox
