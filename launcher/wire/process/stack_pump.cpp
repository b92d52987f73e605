// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/stack_pump.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace agentbox::wire {
namespace {

constexpr std::size_t own_places = 2 + DialDesk::poll_size;  // in front of the stack's

/// Rounded up: an alarm that rings early would ring again at once.
int patience(const std::optional<Stack::Time>& alarm) {
  if (!alarm) {
    return -1;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*alarm - TcpConnection::Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

}  // namespace

StackPump::StackPump(int connections, int names, int vm, int control, int dial)
    : stack_(connections, names),
      vm_(vm),
      control_(control),
      desk_(dial, ::geteuid(), [this](std::uint16_t port) { return stack_.dial(port); }) {}

void StackPump::run() {
  while (turn() == Flow::goes_on) {
  }
}

StackPump::Flow StackPump::turn() {
  std::array<pollfd, own_places + Stack::poll_size> set;
  // While QEMU takes nothing, nothing is taken from it either: what it sends asks for answers.
  set[0] = {vm_, static_cast<short>(stack_.frames.has_room() ? POLLIN : 0), 0};
  if (!stack_.frames.empty()) {
    set[0].events = static_cast<short>(set[0].events | POLLOUT);
  }
  set[1] = {control_, POLLIN, 0};
  const auto desk_set = std::span(set).subspan<2, DialDesk::poll_size>();
  desk_.fill(desk_set);
  const auto stack_set = std::span(set).last<Stack::poll_size>();
  const std::size_t used = stack_.fill(stack_set);
  if (::poll(set.data(), own_places + used, patience(stack_.alarm())) < 0) {
    return Flow::goes_on;  // EINTR; there is nothing else to go wrong
  }
  // The stack's first: what QEMU sends may change which connections there are.
  stack_.serve(stack_set.first(used));
  desk_.serve(desk_set);
  if ((set[0].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0 && take_from_vm() == Flow::ended) {
    return Flow::ended;
  }
  if (set[1].revents != 0) {
    return Flow::ended;  // the launcher has nothing more to say: it has ended
  }
  const auto now = TcpConnection::Clock::now();
  stack_.on_time(now);
  stack_.send_all(now);
  return stack_.frames.flush(vm_) == FrameQueue::Flushed::broken ? Flow::ended : Flow::goes_on;
}

StackPump::Flow StackPump::take_from_vm() {
  const std::span<char> space = reader_.space();
  const ssize_t count = ::recv(vm_, space.data(), space.size(), MSG_DONTWAIT);
  if (count <= 0) {
    const bool nothing_yet = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return nothing_yet ? Flow::goes_on : Flow::ended;
  }
  reader_.received(static_cast<std::size_t>(count));
  while (const auto frame = reader_.next()) {
    stack_.take_frame(*frame);
  }
  return reader_.broken() ? Flow::ended : Flow::goes_on;
}

}  // namespace agentbox::wire
