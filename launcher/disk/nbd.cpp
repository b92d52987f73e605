// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "disk/nbd.hpp"

#include "core/error.hpp"

#include <array>
#include <string>
#include <vector>

namespace agentbox {
namespace {

constexpr std::uint64_t init_magic = 0x4e42444d41474943;    // "NBDMAGIC"
constexpr std::uint64_t option_magic = 0x49484156454f5054;  // "IHAVEOPT"
constexpr std::uint64_t option_reply_magic = 0x0003e889045565a9;
constexpr std::uint32_t request_magic = 0x25609513;
constexpr std::uint32_t reply_magic = 0x67446698;

constexpr std::uint16_t handshake_flags = 1 | 2;     // fixed newstyle, no zeroes
constexpr std::uint32_t no_zeroes = 2;               // as the client says it
constexpr std::uint16_t transmission_flags = 1 | 2;  // has flags, read-only

enum Option : std::uint32_t { option_export_name = 1, option_abort = 2, option_info = 6, option_go = 7 };
enum OptionReply : std::uint32_t { reply_ack = 1, reply_info = 3, reply_unsupported = 0x80000001 };
constexpr std::uint16_t info_export = 0;
enum Command : std::uint16_t { command_read = 0, command_write = 1, command_disconnect = 2, command_flush = 3 };
enum Problem : std::uint32_t { none = 0, not_permitted = 1, input_output = 5, invalid = 22 };

constexpr std::uint32_t longest_option = 64 << 10;
constexpr std::uint32_t longest_read = 32 << 20;  // what a client may ask for unless it was told of more

// All integers of the protocol are big-endian.
template <typename Integer>
void put(std::string& message, Integer value) {
  for (std::size_t i = sizeof value; i-- > 0;) {
    message += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

template <typename Integer>
Integer take(std::string_view& message) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value = (value << 8U) | static_cast<unsigned char>(message[i]);
  }
  message.remove_prefix(sizeof(Integer));
  return static_cast<Integer>(value);
}

std::string option_reply(std::uint32_t option, std::uint32_t type, std::string_view data = {}) {
  std::string message;
  put(message, option_reply_magic);
  put(message, option);
  put(message, type);
  put(message, static_cast<std::uint32_t>(data.size()));
  return message += data;
}

std::string reply(std::uint64_t handle, std::uint32_t error) {
  std::string message;
  put(message, reply_magic);
  put(message, error);
  put(message, handle);
  return message;
}

[[noreturn]] void not_understood(const char* what) {
  throw Error(ErrorKind::internal, std::string("the disk's client does not speak NBD: ") + what);
}

}  // namespace

bool NbdServer::negotiate() {
  std::string greeting;
  put(greeting, init_magic);
  put(greeting, option_magic);
  put(greeting, handshake_flags);
  client_.send(greeting);
  std::array<char, 4> flags;
  if (!client_.receive(flags)) {
    return false;
  }
  std::string_view flag_bytes(flags.data(), flags.size());
  const auto client_flags = take<std::uint32_t>(flag_bytes);
  for (std::array<char, 16> header; client_.receive(header);) {
    std::string_view rest(header.data(), header.size());
    if (take<std::uint64_t>(rest) != option_magic) {
      not_understood("no option where one was expected");
    }
    const auto option = take<std::uint32_t>(rest);
    const auto length = take<std::uint32_t>(rest);
    if (length > longest_option) {
      not_understood("an option is too long");
    }
    std::vector<char> data(length);  // the export's name, and what the client would like to know: it gets what there is
    if (length > 0 && !client_.receive(data)) {
      break;
    }
    if (option == option_abort) {
      client_.send(option_reply(option, reply_ack));
      break;
    }
    if (answer_option(option, client_flags) == Negotiated::yes) {
      return true;
    }
  }
  return false;
}

NbdServer::Negotiated NbdServer::answer_option(std::uint32_t option, std::uint32_t client_flags) {
  std::string size_and_flags;
  put(size_and_flags, size_);
  put(size_and_flags, transmission_flags);
  if (option == option_export_name) {
    client_.send(size_and_flags + std::string((client_flags & no_zeroes) != 0 ? 0 : 124, '\0'));
    return Negotiated::yes;
  }
  if (option != option_go && option != option_info) {
    client_.send(option_reply(option, reply_unsupported));
    return Negotiated::not_yet;
  }
  std::string about;
  put(about, info_export);
  client_.send(option_reply(option, reply_info, about + size_and_flags) + option_reply(option, reply_ack));
  return option == option_go ? Negotiated::yes : Negotiated::not_yet;
}

void NbdServer::answer(std::uint64_t handle, std::uint32_t error) { client_.send(reply(handle, error)); }

void NbdServer::answer_read(std::uint64_t handle, std::uint64_t offset, std::uint32_t length, const Read& read) {
  if (length > longest_read || offset > size_ || length > size_ - offset) {
    answer(handle, invalid);
    return;
  }
  std::string message = reply(handle, none);  // one for both: the client wakes up once
  const std::size_t head = message.size();
  message.resize(head + length);
  if (read(offset, std::span(message).subspan(head))) {
    client_.send(message);
  } else {
    answer(handle, input_output);
  }
}

void NbdServer::serve(const Read& read) {
  for (std::array<char, 28> header; client_.receive(header);) {
    std::string_view rest(header.data(), header.size());
    if (take<std::uint32_t>(rest) != request_magic) {
      not_understood("no request where one was expected");
    }
    static_cast<void>(take<std::uint16_t>(rest));  // flags: none matters to one who reads
    const auto command = take<std::uint16_t>(rest);
    const auto handle = take<std::uint64_t>(rest);
    const auto offset = take<std::uint64_t>(rest);
    const auto length = take<std::uint32_t>(rest);
    switch (command) {
      case command_read: answer_read(handle, offset, length, read); break;
      case command_flush: answer(handle, none); break;
      case command_disconnect: return;
      case command_write: not_understood("it writes to a disk that it was told can only be read");
      default: answer(handle, not_permitted);
    }
  }
}

}  // namespace agentbox
