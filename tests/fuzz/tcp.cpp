// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// The wire's own TCP against a guest that sends whatever segments the input says, and a far end that reads, writes and
// ends as it says. Whatever happens: what the far end reads is what the guest sent, from the beginning and in order,
// and what the guest is sent is what the far end wrote, at its number. And any frame is read without harm.
#include "support/check.hpp"
#include "wire/stack/tcp_connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace agentbox;
using namespace agentbox::wire;
using fuzz::check;

namespace {

constexpr std::uint32_t guests_first = 0xFFFFF000;  // both wrap soon
constexpr std::uint32_t our_first = 0xFFFFFF00;

char content(std::uint64_t place, unsigned salt) {
  return static_cast<char>((place * 31 + place / 251 + salt) & 0xFFU);
}

struct Input {
  std::span<const unsigned char> bytes;
  unsigned next() {
    if (bytes.empty()) return 0;
    const unsigned value = bytes.front();
    bytes = bytes.subspan(1);
    return value;
  }
};

class World {
 public:
  explicit World(Input& input) : input_(input) {
    int ends[2];
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    far_ = UniqueFd(ends[1]);
    const unsigned options = input.next();
    TcpSegment syn{.far_address = 0x5DB8D822,
                   .far_port = 443,
                   .guest_port = 40000,
                   .sequence = guests_first,
                   .flags = TcpFlags::syn,
                   .window = 65535};
    if ((options & 1U) != 0) syn.most = static_cast<std::uint16_t>(input.next() * 256);
    if ((options & 2U) != 0) syn.window_scale = static_cast<std::uint8_t>(std::min(input.next(), 14U));
    connection_.emplace(syn, UniqueFd(ends[0]), our_first, memory());
  }

  void run() {
    for (int steps = 0; !input_.bytes.empty() && !connection_->ended() && steps < 2000; ++steps) {
      step();
      serve();
    }
  }

 private:
  static std::span<char> memory() {
    static std::vector<char> bytes(TcpConnection::outgoing_size + TcpConnection::incoming_size);
    return bytes;
  }

  void step() {
    switch (input_.next() % 6) {
      case 0:
      case 1:
        say();
        break;
      case 2:
        write(1 + input_.next() * 97);
        break;
      case 3:
        read();
        break;
      case 4:
        now_ += std::chrono::milliseconds(100) * static_cast<int>(input_.next());
        break;
      default:
        if (const unsigned how = input_.next() % 8; far_ && how == 0) {
          far_.reset();
        } else if (far_ && how == 1) {
          ::shutdown(far_.get(), SHUT_WR);
        }
    }
  }

  /// A segment near to what would be right.
  void say() {
    const unsigned flags = input_.next();
    const std::uint64_t from =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(guests_sent_) + static_cast<signed char>(input_.next()));
    const std::size_t size = input_.next() * 41;
    std::string payload(size, '\0');
    for (std::size_t i = 0; i < size; ++i) payload[i] = content(from + i, 1);
    const auto acknowledged = our_first + 1 + static_cast<std::uint32_t>(heard_) +
                              static_cast<std::uint32_t>(static_cast<signed char>(input_.next()));
    const unsigned window = input_.next() * 257;
    const TcpSegment segment{.far_address = 0x5DB8D822,
                             .far_port = 443,
                             .guest_port = 40000,
                             .sequence = guests_first + 1 + static_cast<std::uint32_t>(from),
                             .acknowledged = acknowledged,
                             .flags = static_cast<std::uint8_t>(flags & 31U),
                             .window = static_cast<std::uint16_t>(window),
                             .payload = Bytes(payload.data(), payload.size())};
    if ((flags & 0x80U) != 0) guests_sent_ = from + size;
    connection_->on_segment(segment);
  }

  void write(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = content(written_ + i, 2);
    const ssize_t count = far_ ? ::send(far_.get(), bytes.data(), size, MSG_NOSIGNAL) : 0;
    written_ += static_cast<std::uint64_t>(std::max<ssize_t>(count, 0));
  }

  void read() {
    static std::vector<char> buffer(1U << 18U);
    const ssize_t count = far_ ? ::recv(far_.get(), buffer.data(), buffer.size(), 0) : 0;
    for (ssize_t i = 0; i < count; ++i) check(buffer[static_cast<std::size_t>(i)] == content(read_++, 1));
  }

  void serve() {
    pollfd set{connection_->socket(), connection_->events(), 0};
    if (::poll(&set, 1, 0) == 1) connection_->on_socket(set.revents);
    connection_->on_time(now_);
    static const auto queue = std::make_unique<FrameQueue>();
    connection_->send(*queue, {}, now_);
    take(*queue);
  }

  /// Through a socket, as they go to QEMU.
  void take(FrameQueue& queue) {
    static int cable[2] = {-1, -1};
    static const auto reader = std::make_unique<FrameReader>();
    if (cable[0] < 0) check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, cable) == 0);
    do {
      check(queue.flush(cable[0]) != FrameQueue::Flushed::broken);
      while (true) {
        const auto space = reader->space();
        const ssize_t count = ::recv(cable[1], space.data(), space.size(), 0);
        if (count <= 0) break;
        reader->received(static_cast<std::size_t>(count));
        while (const auto frame = reader->next()) look_at(*frame);
        check(!reader->broken());
      }
    } while (!queue.empty());
  }

  void look_at(std::span<const char> frame) {
    std::string back(frame.begin(), frame.end());
    std::swap_ranges(back.begin() + 26, back.begin() + 30,
                     back.begin() + 30);  // it must be readable as one of the guest's
    std::swap_ranges(back.begin() + 34, back.begin() + 36, back.begin() + 36);
    const Received received = read_frame(back);
    const auto* segment = std::get_if<TcpSegment>(&received.what);
    check(segment != nullptr && segment->guest_port == 40000 && segment->far_port == 443);
    if (segment->has(TcpFlags::rst)) return;
    if (segment->has(TcpFlags::syn)) {
      check(segment->sequence == our_first && segment->payload.empty());
      return;
    }
    const std::uint64_t place = segment->sequence - our_first - 1;
    for (std::size_t i = 0; i < segment->payload.size(); ++i) {
      check(place + i < written_ && segment->payload[i] == content(place + i, 2));
    }
    if (place <= heard_) heard_ = std::max(heard_, place + segment->payload.size());
  }

  Input& input_;
  UniqueFd far_;
  std::optional<TcpConnection> connection_;
  TcpConnection::Time now_{};
  std::uint64_t guests_sent_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t read_ = 0;
  std::uint64_t heard_ = 0;  ///< what a guest would acknowledge
};

void read_any_frame(Bytes frame) {
  const Received received = read_frame(frame);
  if (const auto* segment = std::get_if<TcpSegment>(&received.what)) {
    check(segment->payload.size() <= frame.size());
  } else if (const auto* datagram = std::get_if<Datagram>(&received.what)) {
    check(datagram->payload.size() <= datagram->packet.size() && datagram->packet.size() <= frame.size());
    std::string answer(unreachable_size(*datagram), '\0');
    write_unreachable(answer, received.from, *datagram, 3);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  if (data[0] == 'F') {
    read_any_frame({reinterpret_cast<const char*>(data) + 1, size - 1});
    return 0;
  }
  Input input{{data, size}};
  World(input).run();
  return 0;
}
