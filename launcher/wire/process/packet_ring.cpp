// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/packet_ring.hpp"

#include "wire/process/links.hpp"
#include "wire/process/problem.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <atomic>

namespace agentbox::wire {
namespace {

// A slot holds the kernel's header (some 80 bytes) and the longest frame, in whole pages. A block just fits below 1
// MiB.
constexpr unsigned slot_size = 17 * 4096;
constexpr unsigned slots_per_block = 15;
constexpr unsigned blocks = 3;
constexpr unsigned slots = slots_per_block * blocks;
constexpr std::size_t ring_size = std::size_t{slot_size} * slots;
static_assert(slot_size > longest_frame + 256);

void set_option(const UniqueFd& socket, int option, const void* value, socklen_t size) {
  if (::setsockopt(socket.get(), SOL_PACKET, option, value, size) != 0) {
    throw problem(Report::failed, "cannot set up the packet socket");
  }
}

std::atomic_ref<std::uint32_t> status_of(char* slot) {
  return std::atomic_ref(reinterpret_cast<tpacket2_hdr*>(slot)->tp_status);
}

}  // namespace

PacketRing::PacketRing() : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  if (!socket_) {
    throw problem(Report::failed, "cannot make a packet socket");
  }
  const int version = TPACKET_V2;
  set_option(socket_, PACKET_VERSION, &version, sizeof version);
  const int on = 1;
  set_option(socket_, PACKET_IGNORE_OUTGOING, &on, sizeof on);  // what we send into the room
  const tpacket_req request{.tp_block_size = slot_size * slots_per_block,
                            .tp_block_nr = blocks,
                            .tp_frame_size = slot_size,
                            .tp_frame_nr = slots};
  set_option(socket_, PACKET_RX_RING, &request, sizeof request);
  void* mapped = ::mmap(nullptr, ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, socket_.get(), 0);
  if (mapped == MAP_FAILED) {
    throw problem(Report::failed, "cannot map the packet socket's ring");
  }
  ring_ = static_cast<char*>(mapped);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(wire_link));
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw problem(Report::failed, "cannot bind the packet socket");
  }
}

PacketRing::~PacketRing() { ::munmap(ring_, ring_size); }

char* PacketRing::slot() const { return ring_ + next_ * slot_size; }

std::optional<std::span<const char>> PacketRing::front() {
  while ((status_of(slot()).load(std::memory_order_acquire) & TP_STATUS_USER) != 0) {
    const auto* header = reinterpret_cast<const tpacket2_hdr*>(slot());
    if (header->tp_len == header->tp_snaplen && header->tp_len <= longest_frame) {
      return std::span<const char>(slot() + header->tp_mac, header->tp_len);
    }
    pop();
  }
  return std::nullopt;
}

void PacketRing::pop() {
  status_of(slot()).store(TP_STATUS_KERNEL, std::memory_order_release);
  next_ = (next_ + 1) % slots;
}

void PacketRing::send(std::span<const char> frame) noexcept {
  [[maybe_unused]] const ssize_t lost = ::send(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT);
}

}  // namespace agentbox::wire
