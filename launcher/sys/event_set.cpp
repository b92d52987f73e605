// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/event_set.hpp"

#include "core/error.hpp"

#include <sys/epoll.h>

#include <array>

namespace agentbox {

EventSet::EventSet() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) {
    throw system_error("cannot make a set of descriptors to wait for");
  }
}

void EventSet::add(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    throw system_error("cannot wait for a descriptor");
  }
}

std::vector<int> EventSet::readable() const {
  std::array<epoll_event, 16> events;  // what does not fit comes the next time
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  std::vector<int> ready;
  for (int i = 0; i < count; ++i) {
    ready.push_back(events[static_cast<std::size_t>(i)].data.fd);
  }
  return ready;
}

}  // namespace agentbox
