// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/host/question_stream.hpp"

#include "core/error.hpp"
#include "core/hostile_json.hpp"
#include "gateway/host/gateway_process.hpp"
#include "sys/unix_socket.hpp"

#include <nlohmann/json.hpp>

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace agentbox {
namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_line = 4096;

std::optional<std::uint64_t> number_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? std::optional(found->get<std::uint64_t>())
                                                              : std::nullopt;
}

}  // namespace

std::optional<QuestionEvent> parse_question_event(const std::string& line) {
  const Json event = parse_hostile_json(line);
  if (!event.is_object()) {
    return std::nullopt;
  }
  if (const auto withdrawn = number_at(event, "withdrawn")) {
    return WithdrawnQuestion{*withdrawn};
  }
  const auto id = number_at(event, "question");
  const auto port = number_at(event, "port");
  const auto seconds = number_at(event, "seconds");
  const Json name_text = event.value("name", Json());
  const Json last_chance = event.value("last_chance", Json());
  const auto name = name_text.is_string() ? HostName::parse(name_text.get<std::string>()) : std::nullopt;
  if (!id || !port || *port < 1 || *port > 65535 || !name || !last_chance.is_boolean() || !seconds || *seconds > 3600) {
    return std::nullopt;
  }
  return PosedQuestion{{*id, *name, static_cast<std::uint16_t>(*port)},
                       last_chance.get<bool>(),
                       std::chrono::seconds(static_cast<std::int64_t>(*seconds))};
}

QuestionStream QuestionStream::open(const std::filesystem::path& gateway_socket, Deadline deadline) {
  UniqueFd socket = connect_unix(gateway_socket);
  std::string further;
  command_gateway(socket, {{"command", "questions"}}, deadline, further);
  return {std::move(socket), std::move(further)};
}

std::optional<QuestionEvent> QuestionStream::next() {
  std::array<char, 1024> buffer;
  while (socket_ && received_.find('\n') == std::string::npos) {
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return std::nullopt;
    }
    if (count <= 0 || received_.size() > longest_line) {
      socket_.reset();
      return std::nullopt;
    }
    received_.append(buffer.data(), static_cast<std::size_t>(count));
  }
  const auto end = received_.find('\n');
  if (!socket_ || end == std::string::npos) {
    return std::nullopt;
  }
  auto event = parse_question_event(received_.substr(0, end));
  received_.erase(0, end + 1);
  if (!event) {
    socket_.reset();
  }
  return event;
}

void QuestionStream::answer(std::uint64_t question, AskAnswer answer) {
  const std::string line = Json{{"question", question}, {"answer", to_string(answer)}}.dump() + "\n";
  if (socket_ && ::send(socket_.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL) !=
                     static_cast<ssize_t>(line.size())) {
    socket_.reset();  // a connection that ends is a refusal
  }
}

}  // namespace agentbox
