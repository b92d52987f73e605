// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "wire/stack/packet.hpp"

#include <string>
#include <vector>

namespace agentbox::packet_test {

using namespace agentbox::wire;

namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string to_hex_text(std::span<const char> bytes) {
  std::string hex;
  for (const char byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[static_cast<unsigned char>(byte) >> 4U];
    hex += digits[static_cast<unsigned char>(byte) & 15U];
  }
  return hex;
}

const std::string kEthernet = "525400ab0c02" "525400ab0c01" "0800";
// 10.0.2.15 -> 93.184.216.34, with the protocol and the length of what follows left out.
std::string ipv4(const std::string& protocol, const std::string& content, const std::string& from = "0a00020f",
                 const std::string& to = "5db8d822", const std::string& fragment = "4000") {
  char length[20];
  std::snprintf(length, sizeof length, "%04zx", 20 + content.size() / 2);
  return kEthernet + "4500" + length + "0000" + fragment + "40" + protocol + "0000" + from + to + content;
}
// From port 40000 to 443, SYN, window 64240, MSS 65480, window scale 7.
const std::string kSyn = "9c4001bb" "00000001" "00000000" "7002faf0" "00000000" "0204ffc8" "01030307";

template <class What>
const What* read_as(const std::string& frame, Received& received) {
  received = read_frame(frame);
  return std::get_if<What>(&received.what);
}

const HardwareAddress kGuest = {0x52, 0x54, 0x00, static_cast<char>(0xab), 0x0c, 0x01};

}  // namespace

TEST_CASE("a SYN is read with its options") {
  Received received;
  const std::string frame = from_hex(ipv4("06", kSyn));
  const auto* segment = read_as<TcpSegment>(frame, received);
  REQUIRE(segment != nullptr);
  CHECK(segment->far_address == 0x5db8d822);
  CHECK(segment->far_port == 443);
  CHECK(segment->guest_port == 40000);
  CHECK(segment->flags == TcpFlags::syn);
  CHECK(segment->most == 65480);
  CHECK(segment->window_scale == 7);
  CHECK(segment->payload.empty());
  CHECK(received.from == kGuest);
}

TEST_CASE("frames that are not for us, or not whole, are nothing") {
  const std::vector<std::string> frames = {
      "",
      kEthernet,
      "333300000001525400ab0c0186dd6000000000083aff",       // IPv6
      ipv4("06", kSyn, "0a000210"),                         // somebody else's address
      ipv4("06", kSyn, "7f000001"),
      ipv4("06", kSyn, "0a00020f", "7f000001"),             // loopback
      ipv4("06", kSyn, "0a00020f", "00000000"),
      ipv4("06", kSyn, "0a00020f", "e0000001"),             // multicast
      ipv4("06", kSyn, "0a00020f", "ffffffff"),
      ipv4("06", kSyn, "0a00020f", "0a00020f"),             // itself
      ipv4("06", kSyn, "0a00020f", "5db8d822", "2000"),     // fragments
      ipv4("06", kSyn, "0a00020f", "5db8d822", "0001"),
      ipv4("01", "0800f7ff00000000"),                       // a ping
      ipv4("06", "9c4001bb0000000100000000f002faf000000000"),  // a header longer than the packet
      ipv4("06", "9c4001bb00000001000000004002faf000000000"),  // shorter than a header
      ipv4("11", "9c40003500090000"),                       // a datagram that says it is longer
      ipv4("11", "9c40003500070000"),
      "ffffffffffff" "525400ab0c01" "0806" "0001080006040001" "525400ab0c01" "0a000210" "000000000000" "0a000202",  // ARP
  };
  for (const auto& hex : frames) {
    INFO(hex);
    CHECK(std::holds_alternative<std::monostate>(read_frame(from_hex(hex)).what));
  }
}

TEST_CASE("a frame cut anywhere is read without harm, and never as more than it is") {
  const std::string whole = from_hex(ipv4("06", kSyn));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(std::holds_alternative<std::monostate>(read_frame(cut).what));
  }
  // Options that run past the header, or say that they are nothing long.
  for (const char* options : {"0204ffc801030300", "020effc801030307", "0200ffc801030307", "0303070303030303", "0101010101010102"}) {
    INFO(options);
    const std::string frame = from_hex(ipv4("06", kSyn.substr(0, 40) + options));
    CHECK(std::holds_alternative<TcpSegment>(read_frame(frame).what));
  }
}

TEST_CASE("padding behind a packet is not its content") {
  Received received;
  const std::string frame = from_hex(ipv4("11", "9c400035000a00006869") + "0000000000000000");
  const auto* datagram = read_as<Datagram>(frame, received);
  REQUIRE(datagram != nullptr);
  CHECK(std::string(datagram->payload.begin(), datagram->payload.end()) == "hi");
  CHECK(datagram->packet.size() == 30);
}

TEST_CASE("what is written is what a kernel expects, to the last byte") {
  std::string frame(frame_size(TcpSegment{.payload = Bytes("hello", 5)}), '\0');
  std::copy_n("hello", 5, frame.end() - 5);
  write_segment(frame, kGuest,
                {.far_address = 0x5db8d822,
                 .far_port = 443,
                 .guest_port = 40000,
                 .sequence = 1000,
                 .acknowledged = 2,
                 .flags = TcpFlags::ack | TcpFlags::psh,
                 .window = 16384,
                 .payload = Bytes("hello", 5)});
  CHECK(to_hex_text(frame) ==
        "525400ab0c01525400ab0c020800"
        "4500002d000040004006f8e15db8d8220a00020f"
        "01bb9c40000003e8000000025018400048260000"
        "68656c6c6f");
  std::string arp(arp_frame_size, '\0');
  write_arp_answer(arp, kGuest, 0x0a000203);
  CHECK(to_hex_text(arp) ==
        "525400ab0c01525400ab0c020806"
        "0001080006040002525400ab0c020a000203525400ab0c010a00020f");
}

}  // namespace agentbox::packet_test
