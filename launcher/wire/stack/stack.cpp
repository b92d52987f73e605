// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/stack/stack.hpp"

#include "core/address_label.hpp"
#include "sys/fd_passing.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace agentbox::wire {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t per_place = TcpConnection::outgoing_size + TcpConnection::incoming_size;
constexpr std::uint16_t first_own_port = 32768;
constexpr std::size_t longest_answer = 4096;  // by UDP; a longer one is asked for by TCP
constexpr std::uint8_t nobody_listens = 3;
constexpr std::uint8_t forbidden = 13;

constexpr int stream = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

struct Pair {
  UniqueFd ours;
  UniqueFd theirs;
};

std::optional<Pair> make_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, stream, 0, ends) != 0) {
    return std::nullopt;
  }
  return Pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string_view view(const auto& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

Stack::Stack(int connections, int names)
    : connections_(connections),
      names_(names),
      // The guest is the only one there: nobody else could guess a number.
      sequence_(static_cast<std::uint32_t>(TcpConnection::Clock::now().time_since_epoch().count())),
      memory_(std::make_unique_for_overwrite<char[]>(places * per_place + page)),
      connections_at_(std::make_unique<std::array<Place, places>>()) {}

std::span<char> Stack::memory_of(std::size_t place) const {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory_.get());
  const std::size_t skipped = (page - begin % page) % page;
  return {memory_.get() + skipped + place * per_place, per_place};
}

std::optional<std::size_t> Stack::free_place() const {
  if (active_count_ >= most_) {
    return std::nullopt;
  }
  const auto found = std::ranges::find_if(*connections_at_, [](const Place& one) { return !one.connection; });
  return found == connections_at_->end() ? std::nullopt
                                         : std::optional(static_cast<std::size_t>(found - connections_at_->begin()));
}

void Stack::enter(std::size_t place) { active_[active_count_++] = static_cast<std::uint16_t>(place); }

void Stack::leave(std::size_t active) {
  const std::size_t place = std::exchange(active_[active], active_[--active_count_]);
  (*connections_at_)[place].connection.reset();
  const std::span<char> memory = memory_of(place);
  ::madvise(memory.data(), memory.size(), MADV_DONTNEED);  // what was touched is the host's again
}

TcpConnection* Stack::find(const TcpConnection::Name& name) {
  for (std::size_t i = 0; i < active_count_; ++i) {
    TcpConnection& one = *(*connections_at_)[active_[i]].connection;
    if (one.name() == name && !one.ended()) {
      return &one;
    }
  }
  return nullptr;
}

void Stack::take_frame(Bytes frame) {
  const Received received = read_frame(frame);
  if (std::holds_alternative<std::monostate>(received.what)) {
    return;
  }
  if (!std::exchange(guest_, received.from)) {
    on_time(Time::max());  // what went to everybody may go to the guest now
  }
  if (const auto* segment = std::get_if<TcpSegment>(&received.what)) {
    take_segment(*segment);
  } else if (const auto* datagram = std::get_if<Datagram>(&received.what)) {
    take_datagram(*datagram);
  } else if (const auto* question = std::get_if<ArpQuestion>(&received.what)) {
    if (const auto space = frames.add(arp_frame_size)) {
      write_arp_answer(*space, *guest_, question->wanted);
    }
  }
}

void Stack::take_segment(const TcpSegment& segment) {
  if (TcpConnection* known = find({segment.far_address, segment.far_port, segment.guest_port}); known != nullptr) {
    known->on_segment(segment);  // what it has to say to that is sent in its turn
  } else if (segment.has(TcpFlags::syn) && !segment.has(TcpFlags::ack) && !segment.has(TcpFlags::rst)) {
    begin(segment);
  } else if (!segment.has(TcpFlags::rst)) {
    refuse(segment);
  }
}

void Stack::begin(const TcpSegment& syn) {
  const auto place = free_place();
  auto pair = place ? make_pair() : std::nullopt;
  // If it does not go nobody is there (the gateway has died, or the machine is only to be frozen), or far too much waits.
  if (!pair || !send_with_fds(connections_, view(address_label({syn.far_address, syn.far_port})), {pair->theirs.get()})) {
    return refuse(syn);
  }
  (*connections_at_)[*place].connection.emplace(syn, std::move(pair->ours), next_sequence(), memory_of(*place));
  enter(*place);
}

/// RFC 9293, 3.10.7.1.
void Stack::refuse(const TcpSegment& segment) {
  TcpSegment reset{.far_address = segment.far_address,
                   .far_port = segment.far_port,
                   .guest_port = segment.guest_port,
                   .flags = TcpFlags::rst};
  if (segment.has(TcpFlags::ack)) {
    reset.sequence = segment.acknowledged;
  } else {
    const auto ends = (segment.has(TcpFlags::syn) ? 1U : 0U) + (segment.has(TcpFlags::fin) ? 1U : 0U);
    reset.acknowledged = segment.sequence + static_cast<std::uint32_t>(segment.payload.size()) + ends;
    reset.flags |= TcpFlags::ack;
  }
  if (const auto space = frames.add(frame_size(reset))) {
    write_segment(*space, *guest_, reset);
  }
}

UniqueFd Stack::dial(std::uint16_t port) {
  const auto place = free_place();
  auto pair = place ? make_pair() : std::nullopt;
  if (!pair) {
    return {};
  }
  TcpConnection::Name name{room_number, 0, port};
  do {
    name.far_port = static_cast<std::uint16_t>(first_own_port + next_port_++ % first_own_port);
  } while (find(name) != nullptr);  // there are more ports than places
  (*connections_at_)[*place].connection.emplace(name, std::move(pair->ours), next_sequence(), memory_of(*place));
  enter(*place);
  return std::move(pair->theirs);
}

void Stack::take_datagram(const Datagram& datagram) {
  std::uint8_t code = forbidden;
  if (datagram.far_port == dns_port) {
    const auto server = address_label({datagram.far_address, datagram.far_port});
    const auto guest = address_label({guest_number, datagram.guest_port});
    std::array<char, 2 * address_label_size + longest_answer> message;
    if (datagram.payload.size() > longest_answer) {
      return;
    }
    std::ranges::copy(server, message.begin());
    std::ranges::copy(guest, message.begin() + address_label_size);
    std::ranges::copy(datagram.payload, message.begin() + 2 * address_label_size);
    const std::size_t size = 2 * address_label_size + datagram.payload.size();
    if (::send(names_, message.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno == EAGAIN) {
      return;  // a datagram too many is lost, as datagrams are
    }
    code = nobody_listens;
  }
  if (const auto space = frames.add(unreachable_size(datagram))) {
    write_unreachable(*space, *guest_, datagram, code);
  }
}

void Stack::take_answer() {
  std::array<char, 2 * address_label_size + longest_answer> message;
  const ssize_t count = ::recv(names_, message.data(), message.size(), MSG_DONTWAIT);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
    names_ = -1;  // nobody answers any more; questions then fail to go out
    return;
  }
  const std::string_view text(message.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
  const auto server = read_address_label(text);
  const auto guest = read_address_label(text.substr(std::min(text.size(), address_label_size)));
  if (!server || !guest || !guest_) {
    return;
  }
  const Datagram answer{.far_address = server->address,
                        .far_port = server->port,
                        .guest_port = guest->port,
                        .payload = Bytes(text).subspan(2 * address_label_size)};
  if (const auto space = frames.add(frame_size(answer))) {
    write_datagram(*space, *guest_, answer);
  }
}

std::size_t Stack::fill(std::span<pollfd, poll_size> set) {
  set[0] = {names_, POLLIN, 0};
  for (std::size_t i = 0; i < active_count_; ++i) {
    const TcpConnection& one = *(*connections_at_)[active_[i]].connection;
    set[i + 1] = {one.socket(), one.events(), 0};
  }
  return active_count_ + 1;
}

void Stack::serve(std::span<const pollfd> set) {
  for (std::size_t i = 1; i < set.size(); ++i) {
    if (set[i].revents != 0) {
      (*connections_at_)[active_[i - 1]].connection->on_socket(set[i].revents);
    }
  }
  if (set[0].revents != 0) {
    take_answer();
  }
}

void Stack::on_time(Time now) {
  for (std::size_t i = 0; i < active_count_; ++i) {
    (*connections_at_)[active_[i]].connection->on_time(now);
  }
}

std::optional<Stack::Time> Stack::alarm() const {
  std::optional<Time> first;
  for (std::size_t i = 0; i < active_count_; ++i) {
    const auto one = (*connections_at_)[active_[i]].connection->alarm();
    if (one && (!first || *one < *first)) {
      first = one;
    }
  }
  return first;
}

void Stack::send_all(Time now) {
  // A guest that has not spoken yet (a fork does not, unasked) is asked for its hardware address; until it answers, each
  // connection's SYN goes to everybody, which a kernel does not take for itself: it is sent again.
  HardwareAddress everybody;
  everybody.fill(static_cast<char>(0xFF));
  if (!guest_ && active_count_ > 0) {
    if (const auto space = frames.add(arp_frame_size)) {
      write_arp_question(*space);
    }
  }
  const std::size_t begin = first_to_send_;
  for (std::size_t k = 0; k < active_count_; ++k) {
    const std::size_t i = (begin + k) % active_count_;
    const bool had_room = frames.has_room();
    (*connections_at_)[active_[i]].connection->send(frames, guest_.value_or(everybody), now);
    if (had_room && !frames.has_room()) {
      first_to_send_ = i + 1;
    }
  }
  for (std::size_t i = active_count_; i-- > 0;) {
    if ((*connections_at_)[active_[i]].connection->ended()) {
      leave(i);
    }
  }
}

}  // namespace agentbox::wire
