// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/nbd.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>

namespace agentbox::nbd_test {

namespace {

constexpr std::uint64_t disk_size = 1 << 20;

struct Script : NbdClient {
  std::string says;
  std::string hears;

  bool receive(std::span<char> out) override {
    if (says.empty()) {
      return false;
    }
    if (says.size() < out.size()) {
      throw Error(ErrorKind::environment, "cut");
    }
    std::copy_n(says.begin(), out.size(), out.begin());
    says.erase(0, out.size());
    return true;
  }
  void send(std::string_view bytes) override { hears += bytes; }
};

std::string big_endian(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = size; i-- > 0;) {
    bytes += static_cast<char>(value >> (8 * i));
  }
  return bytes;
}

std::string option(std::uint32_t number, const std::string& data = {}) {
  return "IHAVEOPT" + big_endian(number, 4) + big_endian(data.size(), 4) + data;
}
const std::string flags = big_endian(3, 4);
const std::string go = flags + option(7, big_endian(0, 4) + big_endian(0, 2));

std::string request(std::uint16_t command, std::uint64_t offset, std::uint32_t length, std::uint64_t handle = 42) {
  return big_endian(0x25609513, 4) + big_endian(0, 2) + big_endian(command, 2) + big_endian(handle, 8) + big_endian(offset, 8) +
         big_endian(length, 4);
}
std::string reply(std::uint32_t error, std::uint64_t handle = 42) {
  return big_endian(0x67446698, 4) + big_endian(error, 4) + big_endian(handle, 8);
}

/// What the client hears behind the greeting.
std::string serve(const std::string& says, bool readable = true) {
  Script client;
  client.says = says;
  NbdServer server(client, disk_size);
  if (server.negotiate()) {
    server.serve([&](std::uint64_t offset, std::span<char> out) {
      CHECK(offset + out.size() <= disk_size);
      std::fill(out.begin(), out.end(), static_cast<char>('a' + offset % 26));
      return readable;
    });
  }
  CHECK(client.hears.substr(0, 18) == "NBDMAGICIHAVEOPT" + big_endian(3, 2));
  return client.hears.substr(18);
}

const std::string export_info = big_endian(0, 2) + big_endian(disk_size, 8) + big_endian(3, 2);
const std::string reply_magic = big_endian(0x0003e889045565a9, 8);
const std::string went = reply_magic + big_endian(7, 4) + big_endian(3, 4) + big_endian(export_info.size(), 4) + export_info + reply_magic +
                         big_endian(7, 4) + big_endian(1, 4) + big_endian(0, 4);

}  // namespace

TEST_CASE("NBD: a client is told of the disk, and reads") {
  CHECK(serve(go) == went);
  CHECK(serve(go + request(0, 27, 5)) == went + reply(0) + "bbbbb");
  CHECK(serve(go + request(0, 0, 2, 1) + request(0, 1, 2, 2) + request(2, 0, 0) + request(0, 0, 1)) ==
        went + reply(0, 1) + "aa" + reply(0, 2) + "bb");
  CHECK(serve(go + request(3, 0, 0)) == went + reply(0));
}

TEST_CASE("NBD: what is not offered is declined, and the client may go on") {
  const std::string declined = reply_magic + big_endian(8, 4) + big_endian(0x80000001, 4) + big_endian(0, 4);
  CHECK(serve(flags + option(8) + option(7)) == declined + went);
  CHECK(serve(flags + option(2)) == reply_magic + big_endian(2, 4) + big_endian(1, 4) + big_endian(0, 4));
  CHECK(serve(go + request(4, 0, 512)) == went + reply(1));
}

TEST_CASE("NBD: an old client that names an export gets it") {
  CHECK(serve(flags + option(1, "project")) == big_endian(disk_size, 8) + big_endian(3, 2));
  CHECK(serve(big_endian(1, 4) + option(1, "project")) == big_endian(disk_size, 8) + big_endian(3, 2) + std::string(124, '\0'));
}

TEST_CASE("NBD: nothing outside of the disk is read") {
  for (const auto& [offset, length] : {std::pair<std::uint64_t, std::uint32_t>{disk_size, 1},
                                       {disk_size - 1, 2},
                                       {~std::uint64_t{0}, 1},
                                       {~std::uint64_t{0} - 3, 8},
                                       {0, (32U << 20U) + 1},
                                       {0, 0xffffffff}}) {
    CAPTURE(offset, length);
    CHECK(serve(go + request(0, offset, length)) == went + reply(22));
  }
  CHECK(serve(go + request(0, disk_size - 1, 1)).size() == went.size() + 17);
  CHECK(serve(go + request(0, disk_size, 0)) == went + reply(0));
}

TEST_CASE("NBD: what cannot be read is an error of that request alone") {
  CHECK(serve(go + request(0, 0, 4) + request(0, 1, 4, 7), false) == went + reply(5) + reply(5, 7));
}

TEST_CASE("NBD: a client that speaks something else is left") {
  CHECK(serve("").empty());
  CHECK(serve(flags).empty());
  CHECK_THROWS_AS(serve(flags + "GET / HTTP/1.1\r\n"), Error);
  CHECK_THROWS_AS(serve(flags + "IHAVEOPT" + big_endian(7, 4) + big_endian(1 << 20, 4)), Error);
  CHECK_THROWS_AS(serve(go + std::string(28, 'x')), Error);
  CHECK_THROWS_AS(serve(go + request(1, 0, 4) + "data"), Error);
  CHECK_THROWS_AS(serve(go + "cut"), Error);
}

}  // namespace agentbox::nbd_test
