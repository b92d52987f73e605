// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "disk/nbd.hpp"

namespace agentbox {

/// Over a connected, blocking stream socket, which stays the caller's.
class SocketClient : public NbdClient {
 public:
  explicit SocketClient(int socket) : socket_(socket) {}
  bool receive(std::span<char> out) override;
  void send(std::string_view bytes) override;

 private:
  int socket_;
};

}  // namespace agentbox
