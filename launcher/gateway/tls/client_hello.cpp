// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/tls/client_hello.hpp"

#include <algorithm>
#include <string_view>

namespace agentbox {
namespace {

using Bytes = std::span<const unsigned char>;
constexpr unsigned char kHandshake = 22;
constexpr char kClientHello = 1;
constexpr unsigned kServerName = 0;
constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kLongestRecord = 16384;

/// Takes fields off the front; once something did not fit, everything later is empty and ok() is false.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

  Bytes take(std::size_t count) {
    if (!ok_ || bytes_.size() < count) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const Bytes taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  unsigned number(std::size_t size) {
    unsigned value = 0;
    for (const unsigned char byte : take(size)) {
      value = value << 8U | byte;
    }
    return value;
  }
  /// A vector with a length of that many bytes in front.
  Bytes vector(std::size_t length_size) { return take(number(length_size)); }

 private:
  Bytes bytes_;
  bool ok_ = true;
};

/// The handshake bytes inside the records so far.
struct Handshake {
  ClientHello::State state = ClientHello::State::need_more;
  std::string message;
};

/// Bytes that the handshake message takes with its header, as far as its header is there.
std::optional<std::size_t> message_size(std::string_view message) {
  if (message.size() < 4) {
    return std::nullopt;
  }
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(message[i])); };
  return 4 + (byte(1) << 16U | byte(2) << 8U | byte(3));
}

/// Stops where the hello ends: what follows (early data, say) comes in records of other types.
Handshake collect(Bytes bytes) {
  Handshake handshake;
  while (!bytes.empty() && handshake.message.size() < message_size(handshake.message).value_or(~std::size_t{0})) {
    if (bytes[0] != kHandshake || (bytes.size() > 1 && bytes[1] != 3)) {
      return {ClientHello::State::malformed, {}};
    }
    if (bytes.size() < kRecordHeader) {
      return handshake;
    }
    const std::size_t length = static_cast<std::size_t>(bytes[3] << 8U | bytes[4]);
    if (length == 0 || length > kLongestRecord) {
      return {ClientHello::State::malformed, {}};
    }
    const Bytes body = bytes.subspan(kRecordHeader, std::min(length, bytes.size() - kRecordHeader));
    handshake.message.append(body.begin(), body.end());
    bytes = bytes.subspan(kRecordHeader + body.size());
  }
  return handshake;
}

/// Exactly one host_name; anything else would let two readers see two names.
std::optional<HostName> read_server_name(Bytes extension) {
  Reader reader(extension);
  Reader list(reader.vector(2));
  const unsigned type = list.number(1);
  const Bytes name = list.vector(2);
  if (!reader.ok() || !list.ok() || !reader.at_end() || !list.at_end() || type != 0) {
    return std::nullopt;
  }
  return HostName::parse({reinterpret_cast<const char*>(name.data()), name.size()});
}

ClientHello read_hello(Bytes body) {
  const ClientHello malformed{ClientHello::State::malformed, std::nullopt};
  Reader reader(body);
  reader.take(2 + 32);  // legacy_version, random
  reader.vector(1);     // legacy_session_id
  reader.vector(2);     // cipher_suites
  reader.vector(1);     // legacy_compression_methods
  ClientHello hello{ClientHello::State::complete, std::nullopt};
  if (reader.ok() && reader.at_end()) {
    return hello;  // TLS 1.2 without extensions
  }
  Reader extensions(reader.vector(2));
  if (!reader.ok() || !reader.at_end()) {
    return malformed;
  }
  while (!extensions.at_end()) {
    const unsigned type = extensions.number(2);
    const Bytes content = extensions.vector(2);
    if (!extensions.ok()) {
      return malformed;
    }
    if (type == kServerName) {
      if (hello.server_name || !(hello.server_name = read_server_name(content))) {
        return malformed;
      }
    }
  }
  return hello;
}

}  // namespace

ClientHello parse_client_hello(Bytes bytes) {
  const ClientHello malformed{ClientHello::State::malformed, std::nullopt};
  if (bytes.empty()) {
    return {};
  }
  if (bytes[0] != kHandshake) {
    // A record of another type (change_cipher_spec to heartbeat): some servers skip an alert and take the hello behind
    // it.
    const bool like_a_record = bytes[0] >= 0x14 && bytes[0] <= 0x18;
    if (like_a_record && bytes.size() == 1) {
      return {};
    }
    return like_a_record && bytes[1] == 3 ? malformed : ClientHello{ClientHello::State::not_tls, std::nullopt};
  }
  const Handshake handshake = collect(bytes);
  if (handshake.state == ClientHello::State::malformed) {
    return malformed;
  }
  const std::string_view message = handshake.message;
  if (!message.empty() && message[0] != kClientHello) {
    return malformed;
  }
  const auto size = message_size(message);
  if (size.value_or(0) > longest_client_hello) {
    return malformed;
  }
  if (!size || message.size() < *size) {
    return bytes.size() < longest_client_hello ? ClientHello{} : malformed;
  }
  return read_hello(Bytes(reinterpret_cast<const unsigned char*>(message.data()), *size).subspan(4));
}

std::string access_denied_alert() {
  // alert, TLS 1.2, two bytes: fatal, access_denied(49)
  return {"\x15\x03\x03\x00\x02\x02\x31", 7};
}

}  // namespace agentbox
