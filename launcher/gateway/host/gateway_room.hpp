// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/bubblewrap.hpp"
#include "sys/landlock.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace agentbox {

/// Where the gateway finds GatewayRoom::certificates.
inline constexpr const char* room_certificates = "/certificates.pem";

/// The room that agentbox-gateway runs in: user, mount, PID, IPC and UTS namespaces of its own, no capabilities, a
/// read-only root with /usr, the program itself, and those files of /etc by which names are resolved and certificates
/// checked. The host's network, since it dials; no home, no project, no session directory: what it writes, it inherits.
struct GatewayRoom {
  std::filesystem::path program;            ///< agentbox-gateway
  std::filesystem::path etc = "/etc";       ///< where resolv.conf and its kin are taken from
  std::filesystem::path certificates = {};  ///< what SSL_CERT_FILE names, when that lies elsewhere
  /// Without user namespaces the same files are all that it may open, by Landlock, under the host's own names.
  enum class Kind { bubblewrap, landlock } kind = Kind::bubblewrap;
};

/// The whole argv: bubblewrap, its options, and the program with its listeners. info_fd as bubblewrap numbers it. Pure
/// but for looking at what exists below room.etc.
std::vector<std::string> gateway_arguments(const GatewayRoom& room, const HostLayout& host, int info_fd,
                                           std::size_t listeners);

/// What the gateway may open in a room of Kind::landlock. Pure but for looking at what exists below room.etc.
PathRules gateway_rules(const GatewayRoom& room, const HostLayout& host);

}  // namespace agentbox
