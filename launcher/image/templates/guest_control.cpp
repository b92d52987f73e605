// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/guest_control.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "guest/parked.hpp"
#include "ssh/socket_wait.hpp"
#include "sys/would_block.hpp"

namespace agentbox {
namespace {

// A line of the guest's, which is hostile: a reason is a sentence.
constexpr std::size_t longest_answer = 4096;

void wait_for_guest(int fd, short events, Deadline deadline, int ended) {
  switch (SocketWait(ended).wait({{fd, events}}, deadline)) {
    case SocketWait::Outcome::ready:
      return;
    case SocketWait::Outcome::hopeless:
      throw Error(ErrorKind::backend, "the virtual machine ended while it was being prepared");
    case SocketWait::Outcome::deadline:
      throw Error(ErrorKind::backend, "the guest does not answer on its control port");
  }
}

}  // namespace

SocketPair make_port() {
  SocketPair port = make_socket_pair();
  set_nonblocking(port.ours.get());
  return port;
}

void send_to_guest(int fd, std::string_view text, Deadline deadline, int ended) {
  while (!text.empty()) {
    const ssize_t count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (would_block()) {
      wait_for_guest(fd, POLLOUT, deadline, ended);
    } else {
      throw Error(ErrorKind::backend, "the virtual machine closed its control port");
    }
  }
}

void GuestControl::send(const std::string& text, Deadline deadline, int ended) {
  send_to_guest(port_.ours.get(), fmt::format("{}\n{}", text.size(), text), deadline, ended);
}

void GuestControl::await(const std::string& wanted, Deadline deadline, int ended) {
  await_one_of(wanted, wanted, deadline, ended);
}

std::string GuestControl::await_one_of(const std::string& wanted, const std::string& other, Deadline deadline, int ended) {
  std::string answer = next_answer(deadline, ended);
  const std::string_view failed = said_failed;
  if (answer.starts_with(failed)) {
    throw Error(ErrorKind::backend, "the guest could not be prepared: " + escape_untrusted(std::string_view(answer).substr(failed.size()), 500));
  }
  if (answer != wanted && answer != other) {
    throw Error(ErrorKind::backend, "the guest gives an answer that is none: " + escape_untrusted(answer, 100));
  }
  return answer;
}

std::string GuestControl::next_answer(Deadline deadline, int ended) {
  std::size_t newline = heard_.find('\n');
  while (newline == std::string::npos) {
    if (heard_.size() > longest_answer) {
      throw Error(ErrorKind::backend, "the guest's answer on its control port is longer than any should be");
    }
    wait_for_guest(port_.ours.get(), POLLIN, deadline, ended);
    char part[1024];
    const ssize_t count = ::read(port_.ours.get(), part, sizeof part);
    if (count == 0 || (count < 0 && !would_block())) {
      throw Error(ErrorKind::backend, "the virtual machine closed its control port");
    }
    heard_.append(part, count > 0 ? static_cast<std::size_t>(count) : 0);
    newline = heard_.find('\n');
  }
  std::string line = heard_.substr(0, newline);
  heard_.erase(0, newline + 1);
  return line;
}

}  // namespace agentbox
