// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/qmp.hpp"

#include "core/error.hpp"
#include "core/hostile_json.hpp"
#include "core/text.hpp"
#include "sys/signals.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <sys/socket.h>  // SCM_RIGHTS: QMP's getfd is the one place that passes a descriptor over a socket
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace agentbox {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestLine = std::size_t{4} << 20U;
constexpr std::size_t kMostEvents = 256;  // a QEMU gone wrong must not fill our memory with events nobody waits for
constexpr std::chrono::seconds kAnswerTime{30};

Error too_late() { return {ErrorKind::backend, "QEMU did not answer on its control connection (QMP) in time"}; }

Error gone() { return {ErrorKind::backend, "QEMU ended while its control connection (QMP) was in use"}; }

enum class Ready { message, vm_ended, deadline };

/// Our signals are blocked (see SignalFd), so they must be in the poll set to end the wait.
Ready wait_for_message(int socket, int vm_pidfd, Deadline deadline) {
  const SignalFd signals = ending_signals();
  while (true) {
    throw_if_interrupted();
    std::array<pollfd, 3> set{{{socket, POLLIN, 0}, {signals.fd(), POLLIN, 0}, {vm_pidfd, POLLIN, 0}}};
    if (::poll(set.data(), set.size(), poll_timeout(deadline)) < 0 && errno != EINTR) {
      throw system_error("cannot wait for QEMU");
    }
    if (set[0].revents != 0) {  // first: a QEMU that ended may have left its last words in the socket
      return Ready::message;
    }
    if (set[2].revents != 0) {
      return Ready::vm_ended;
    }
    if (Clock::now() >= deadline) {
      return Ready::deadline;
    }
  }
}

/// The descriptor travels with the first byte.
void send_text(int socket, std::string_view text, int fd = -1) {
  while (!text.empty()) {
    iovec part{const_cast<char*>(text.data()), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (fd >= 0) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(header), &fd, sizeof(int));
    }
    const ssize_t count = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw errno == EPIPE || errno == ECONNRESET ? gone() : system_error("cannot write to QEMU");
    }
    text.remove_prefix(static_cast<std::size_t>(count));
    fd = -1;
  }
}

std::string member_text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? escape_untrusted(found->get<std::string>(), 1024)
                                                     : std::string();
}

}  // namespace

void QmpFramer::feed(std::string_view bytes) { buffer_.append(bytes); }

std::optional<json> QmpFramer::next() {
  while (true) {
    const std::size_t newline = buffer_.find('\n', searched_);
    if (std::min(newline, buffer_.size()) > kLongestLine) {
      throw Error(ErrorKind::backend, "QEMU sent a control message (QMP) of more than 4 MiB");
    }
    if (newline == std::string::npos) {
      searched_ = buffer_.size();
      return std::nullopt;
    }
    const std::string line = buffer_.substr(0, newline);
    buffer_.erase(0, newline + 1);
    searched_ = 0;
    if (trim(line).empty()) {
      continue;
    }
    json message = parse_hostile_json(line);
    if (!message.is_object()) {
      throw Error(ErrorKind::backend,
                  "QEMU sent a control message (QMP) that is no JSON object: " + escape_untrusted(line, 200));
    }
    return message;
  }
}

QmpClient::QmpClient(UniqueFd socket, int vm_pidfd, Deadline deadline)
    : socket_(std::move(socket)), vm_pidfd_(vm_pidfd) {
  if (!read_message(deadline).contains("QMP")) {
    throw Error(ErrorKind::backend, "what answers on QEMU's control socket does not speak QMP");
  }
  execute("qmp_capabilities", json::object(), deadline);
}

json QmpClient::execute(const std::string& command, json arguments, std::optional<Deadline> deadline) {
  send_text(socket_.get(), next_command(command, std::move(arguments)));
  return wait_answer(command, deadline.value_or(Clock::now() + kAnswerTime));
}

void QmpClient::send_fd(int fd, const std::string& name) {
  send_text(socket_.get(), next_command("getfd", {{"fdname", name}}), fd);
  wait_answer("getfd", Clock::now() + kAnswerTime);
}

json QmpClient::wait_event(const std::function<bool(const json&)>& wanted, Deadline deadline) {
  while (true) {
    while (!events_.empty()) {
      json event = std::move(events_.front());
      events_.pop_front();
      if (wanted(event)) {
        return event;
      }
    }
    json message = read_message(deadline);
    if (message.contains("event")) {
      keep_event(std::move(message));
    }
    if (Clock::now() >= deadline) {  // a flood of other messages must not keep us here
      throw too_late();
    }
  }
}

void QmpClient::keep_event(json event) {
  if (events_.size() == kMostEvents) {
    events_.pop_front();
  }
  events_.push_back(std::move(event));
}

std::string QmpClient::next_command(const std::string& command, json arguments) {
  return json{{"execute", command}, {"arguments", std::move(arguments)}, {"id", next_id_++}}.dump() + "\n";
}

json QmpClient::wait_answer(const std::string& command, Deadline deadline) {
  const json id = next_id_ - 1;
  while (true) {
    json message = read_message(deadline);
    const bool event = message.contains("event");
    const auto answered = message.find("id");
    if (event || (answered != message.end() && *answered != id)) {  // or the late answer to a command that was given up
      if (event) {
        keep_event(std::move(message));
      }
      if (Clock::now() >= deadline) {  // a flood of other messages must not keep us here
        throw too_late();
      }
      continue;
    }
    if (const auto error = message.find("error"); error != message.end()) {
      throw Error(ErrorKind::backend,
                  fmt::format("QEMU refused {}: {}", command, error->is_object() ? member_text(*error, "desc") : ""));
    }
    if (const auto result = message.find("return"); result != message.end() && answered != message.end()) {
      return *result;
    }
    throw Error(ErrorKind::backend, fmt::format("QEMU answered {} with something that is no answer", command));
  }
}

json QmpClient::read_message(Deadline deadline) {
  while (true) {
    if (auto message = framer_.next()) {
      return *std::move(message);
    }
    switch (wait_for_message(socket_.get(), vm_pidfd_, deadline)) {
      case Ready::deadline:
        throw too_late();
      case Ready::vm_ended:
        throw gone();
      case Ready::message:
        break;
    }
    std::array<char, 65536> buffer;
    const ssize_t count = ::read(socket_.get(), buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno == ECONNRESET)) {
      throw gone();
    }
    if (count < 0 && errno != EINTR && errno != EAGAIN) {
      throw system_error("cannot read from QEMU");
    }
    if (count > 0) {
      framer_.feed({buffer.data(), static_cast<std::size_t>(count)});
      if (auto message = framer_.next()) {
        return *std::move(message);
      }
      if (Clock::now() >= deadline) {  // a flood of half a message, or of blank lines, must not keep us here
        throw too_late();
      }
    }
  }
}

}  // namespace agentbox
