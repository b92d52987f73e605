// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "guest/fd.hpp"

#include <optional>
#include <string>
#include <vector>

/// The socket by which processes of ours reach a held command's holder. One message of one byte, or of a byte and a status:
///     here is a viewer (its input and output come along) | my size is another one | all viewers are to go     to the holder
///     the command has ended (an int follows: its wait status)                                               from it
namespace agentbox::guest {

enum class HeldWord : char { viewer = 'V', size = 'S', drop_all = 'D', ended = 'E' };

/// Listening, for root. Whatever lay at path is replaced. Throws std::system_error.
Fd listen_for_viewers(const std::string& path);
/// Invalid when nobody listens there.
Fd reach_holder(const std::string& path);

struct HeldMessage {
  HeldWord word;
  int status = 0;       ///< with ended
  std::vector<Fd> fds;  ///< with viewer: input and output
};
void send_message(int socket, const HeldMessage& message);
/// No value when the other side is gone, or speaks of something else. Blocks.
std::optional<HeldMessage> receive_message(int socket);

}  // namespace agentbox::guest
