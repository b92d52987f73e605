// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/unique_fd.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Descriptors that travel over a unix socket (SCM_RIGHTS, unix(7)). Nothing here blocks on a non-blocking socket.
namespace agentbox {

/// The most descriptors of one message.
inline constexpr std::size_t most_passed_fds = 8;

/// Sends one message with descriptors; bytes must not be empty, and few enough to go in one piece. No SIGPIPE. False,
/// with errno set, when the message did not go. Allocates nothing, so it may be used behind a system call filter.
bool send_with_fds(int socket, std::string_view bytes, std::initializer_list<int> fds) noexcept;

struct ReceivedMessage {
  std::string bytes;
  std::vector<UniqueFd> fds;  ///< close-on-exec
};

/// Receives one message of at most limit bytes. No value at the end of the stream. Throws Error{environment} when there
/// is nothing to read or the message was cut.
std::optional<ReceivedMessage> receive_with_fds(int socket, std::size_t limit);

}  // namespace agentbox
