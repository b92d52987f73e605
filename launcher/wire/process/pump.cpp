// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/pump.hpp"

#include "sys/would_block.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>

namespace agentbox::wire {
namespace {

constexpr short gone = POLLHUP | POLLERR | POLLNVAL;

// As many frames in a row, then the other direction has its turn.
constexpr int burst = 32;

}  // namespace

void Pump::run() {
  while (true) {
    // While QEMU takes nothing the ring keeps what comes; when the ring is full the kernel drops it.
    const bool waiting_for_vm = vm_state_ == VmState::full;
    std::array<pollfd, 3 + DialDesk::poll_size> set{
        {{vm_, static_cast<short>(waiting_for_vm ? POLLIN | POLLOUT : POLLIN), 0},
         {waiting_for_vm ? -1 : ring_.fd(), POLLIN, 0},
         {control_, POLLIN, 0}}};
    const auto desk_set = std::span(set).last<DialDesk::poll_size>();
    desk_.fill(desk_set);
    if (::poll(set.data(), set.size(), -1) < 0) {
      continue;  // EINTR; there is nothing else to go wrong
    }
    if ((set[0].revents & (POLLIN | gone)) != 0 && take_from_vm() == Flow::ended) {
      return;
    }
    if (((set[0].revents & POLLOUT) != 0 || (set[1].revents & POLLIN) != 0) && give_to_vm() == Flow::ended) {
      return;
    }
    if ((set[1].revents & gone) != 0) {
      return;  // the cable is down, and nobody can bring it up again
    }
    if (set[2].revents != 0) {
      return;  // the launcher has nothing more to say: it has ended
    }
    desk_.serve(desk_set);
  }
}

Pump::Flow Pump::take_from_vm() {
  const std::span<char> space = reader_.space();
  const ssize_t count = ::recv(vm_, space.data(), space.size(), MSG_DONTWAIT);
  if (count <= 0) {
    return count < 0 && would_block() ? Flow::goes_on : Flow::ended;
  }
  reader_.received(static_cast<std::size_t>(count));
  while (const auto frame = reader_.next()) {
    ring_.send(*frame);
  }
  return reader_.broken() ? Flow::ended : Flow::goes_on;
}

Pump::Flow Pump::give_to_vm() {
  vm_state_ = VmState::takes;
  for (int i = 0; i < burst; ++i) {
    const auto frame = ring_.front();
    if (!frame) {
      return Flow::goes_on;
    }
    const ssize_t count = send_rest(*frame);
    if (count < 0 && !would_block()) {
      return Flow::ended;
    }
    sent_of_front_ += count < 0 ? 0 : static_cast<std::size_t>(count);
    if (sent_of_front_ < prefix_size + frame->size()) {
      vm_state_ = VmState::full;
      return Flow::goes_on;
    }
    sent_of_front_ = 0;
    ring_.pop();
  }
  return Flow::goes_on;
}

ssize_t Pump::send_rest(std::span<const char> frame) const {
  const auto prefix = frame_prefix(static_cast<std::uint32_t>(frame.size()));
  const std::size_t of_prefix = std::min(sent_of_front_, prefix_size);
  const std::size_t of_frame = sent_of_front_ - of_prefix;
  // sendmsg(2) only reads.
  std::array<iovec, 2> rest{{{const_cast<char*>(prefix.data()) + of_prefix, prefix_size - of_prefix},
                             {const_cast<char*>(frame.data()) + of_frame, frame.size() - of_frame}}};
  msghdr message{};
  message.msg_iov = rest.data();
  message.msg_iovlen = rest.size();
  return ::sendmsg(vm_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace agentbox::wire
