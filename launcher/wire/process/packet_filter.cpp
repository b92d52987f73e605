// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/packet_filter.hpp"

#include "wire/process/links.hpp"
#include "wire/process/problem.hpp"

#include <fmt/format.h>

#include <nftables/libnftables.h>

#include <memory>

namespace agentbox::wire {

std::string room_rules() {
  // tproxy gives a packet to the listener wherever it was going. It steps aside where a connection exists already that
  // was not made so: one of ours to the guest. What then comes to the next rule belongs to that connection, or is
  // refused by the kernel because nobody listens any more. ARP: the kernel remembers who asks, in a table that all
  // network namespaces of the host share the room of.
  return fmt::format(R"(table ip agentbox {{
  chain prerouting {{
    type filter hook prerouting priority mangle; policy drop;
    iif != "{room}" drop
    ip saddr != {guest} drop
    meta l4proto tcp tproxy to :{port} accept
    meta l4proto tcp accept
    udp dport {dns} accept
    meta l4proto udp reject with icmp type admin-prohibited
  }}
}}
table arp agentbox {{
  chain input {{
    type filter hook input priority filter; policy drop;
    iif "{room}" arp saddr ip {guest} accept
  }}
}}
)",
                     fmt::arg("room", room_link), fmt::arg("guest", guest_address), fmt::arg("port", tcp_listener_port),
                     fmt::arg("dns", dns_port));
}

void load_rules(const std::string& rules) {
  const std::unique_ptr<nft_ctx, decltype(&nft_ctx_free)> nft(nft_ctx_new(NFT_CTX_DEFAULT), nft_ctx_free);
  if (!nft || nft_ctx_buffer_output(nft.get()) != 0 || nft_ctx_buffer_error(nft.get()) != 0) {
    throw Problem(Report::failed, "cannot set up nftables");
  }
  if (nft_run_cmd_from_buffer(nft.get(), rules.c_str()) != 0) {
    throw Problem(Report::no_network_parts,
                  std::string("the kernel refused the room's rules: ") + nft_ctx_get_error_buffer(nft.get()));
  }
}

}  // namespace agentbox::wire
