// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

namespace agentbox {

/// What one session may use of the gateway, and what happens at each limit. docs/gateway.md shows the same table.
struct GatewayLimits {
  std::size_t connections = 1024;        ///< from the guest at once; one more is reset
  std::size_t connections_at_full_speed = 64;  ///< above, new ones have small buffers in the kernel, too
  std::size_t crowded_buffer = 65536;          ///< bytes in the kernel per direction then
  std::size_t http_head = 32768;         ///< bytes of a request's or answer's head; 431, or the connection ends
  std::size_t names = 4096;              ///< that the DNS gives addresses to; one more is SERVFAIL
  std::size_t dns_message = 4096;        ///< over TCP; a longer one ends the connection
  std::size_t tunnel_buffer = 32768;     ///< bytes held per direction; a slow side stops the fast one
  std::size_t control_connections = 8;   ///< at once; one more is closed
  std::size_t control_line = 1U << 20U;  ///< bytes; a longer one ends that control connection
  std::size_t listed_refusals = 64;      ///< destinations that the summary names; further ones are only counted

  std::size_t open_questions = 8;      ///< to the user at once; one more is refused without asking
  std::size_t questions = 100;         ///< in a session; then nothing more is asked
  std::size_t denials_in_a_row = 5;    ///< unanswered ones count as denied; then nothing more is asked
  std::chrono::milliseconds question = std::chrono::seconds(30);  ///< for the user to answer one; refused

  std::chrono::milliseconds first_bytes = std::chrono::seconds(10);  ///< until a guest has said what it speaks; reset
  /// Where a rule already allows the connection by name and port: how long the guest may be silent before we take it
  /// that the server speaks first (SMTP, MySQL).
  std::chrono::milliseconds silence = std::chrono::milliseconds(500);
  std::chrono::milliseconds http_head_time = std::chrono::seconds(30);  ///< for a whole head; 408
  std::chrono::milliseconds keep_alive = std::chrono::minutes(2);       ///< between two requests; closed
  std::chrono::milliseconds dial = std::chrono::seconds(20);            ///< for all addresses of a name; 502 or reset
  std::chrono::milliseconds idle = std::chrono::minutes(30);            ///< without a byte either way; closed
  std::chrono::milliseconds total = std::chrono::hours(24);             ///< of one connection; closed
};

}  // namespace agentbox
