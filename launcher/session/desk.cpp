// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/desk.hpp"

#include "core/error.hpp"
#include "sys/files.hpp"
#include "sys/unix_socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

namespace agentbox {
namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_request = std::size_t{1} << 20U;
/// Who connects says at once what it wants.
constexpr std::chrono::seconds patience{1};

std::filesystem::path desk_socket(const std::filesystem::path& session_directory) { return session_directory / "desk.sock"; }

/// No value when no whole line comes.
std::optional<std::string> read_line(int fd, Deadline deadline) {
  std::string line;
  std::array<char, 4096> part;
  while (line.find('\n') == std::string::npos && line.size() < longest_request) {
    const ssize_t count = wait_readable(fd, deadline) ? ::read(fd, part.data(), part.size()) : 0;
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return std::nullopt;
    }
    line.append(part.data(), static_cast<std::size_t>(count));
  }
  return line;
}

void send_line(int fd, const Json& value) {
  const std::string line = value.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
  // It fits in the socket's buffer; who does not listen any more hears nothing.
  static_cast<void>(::send(fd, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

ErrorKind kind_of(const Json& answer) { return answer.value("usage", false) ? ErrorKind::usage : ErrorKind::environment; }

}  // namespace

Desk::Desk(const std::filesystem::path& session_directory, Answer answer)
    : listener_(listen_unix(desk_socket(session_directory))), answer_(std::move(answer)) {}

Desk::Served Desk::serve() {
  const UniqueFd caller(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const auto line = caller ? read_line(caller.get(), Clock::now() + patience) : std::nullopt;
  const Json request = line ? Json::parse(*line, nullptr, false) : Json();
  if (!request.is_object()) {
    return Served::go_on;
  }
  try {
    send_line(caller.get(), answer_(request));
  } catch (const Interrupted&) {
    send_line(caller.get(), {{"error", "the session is being ended"}, {"hint", ""}});
    throw;
  } catch (const Error& error) {
    send_line(caller.get(), {{"error", error.what()}, {"hint", error.hint()}, {"usage", error.kind() == ErrorKind::usage}});
  }
  return Served::go_on;
}

Json ask_desk(const std::filesystem::path& session_directory, const Json& request, Deadline deadline) {
  const Error silent(ErrorKind::environment, "the process that holds the session does not answer",
                     "it may be starting or ending the session; agentbox ls shows what it does");
  std::optional<std::string> line;
  try {
    const UniqueFd desk = connect_unix(desk_socket(session_directory));
    send_line(desk.get(), request);
    line = read_line(desk.get(), deadline);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    throw silent;
  }
  const Json answer = line ? Json::parse(*line, nullptr, false) : Json();
  if (!answer.is_object()) {
    throw silent;
  }
  if (answer.contains("error")) {
    throw Error(kind_of(answer), answer.value("error", ""), answer.value("hint", ""));
  }
  return answer;
}

}  // namespace agentbox
