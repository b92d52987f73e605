// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/host/gateway_process.hpp"

#include "core/error.hpp"
#include "core/hostile_json.hpp"
#include "core/text.hpp"
#include "gateway/host/descriptors.hpp"
#include "gateway/host/plan_memory.hpp"
#include "sys/bubblewrap.hpp"
#include "sys/files.hpp"
#include "sys/unix_socket.hpp"
#include "sys/walls.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace agentbox {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

UniqueFd session_file(const fs::path& path) { return open_file(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600); }

/// True when the gateway has said that it serves; false when it ended instead.
bool wait_until_ready(int fd, Deadline deadline) {
  if (!wait_readable(fd, deadline)) {
    throw Error(ErrorKind::backend, "the gateway did not start in time");
  }
  char byte = 0;
  ssize_t count = -1;
  do {
    count = ::read(fd, &byte, 1);
  } while (count < 0 && errno == EINTR);
  return count == 1;
}

void check_walls(pid_t pid, GatewayRoom::Kind kind) {
  using Kinds = std::vector<std::string>;
  const auto missing =
      missing_walls(pid, kind == GatewayRoom::Kind::bubblewrap ? Kinds{"user", "mnt", "pid", "ipc", "uts"} : Kinds{});
  if (!missing.empty()) {
    throw Error(ErrorKind::environment, "the gateway is not locked in as it should be: it lacks " + join(missing, ", "),
                "this host's bubblewrap or kernel does less than agentbox counts on; nothing was started");
  }
}

/// What differs between the kinds of room when the process is started.
struct Launch {
  std::vector<std::string> argv;
  std::vector<std::string> environment = {};
  std::optional<Walls> walls = {};
  std::optional<PipeEnds> info = {};  ///< where bubblewrap tells the PID
  int info_number = -1;

  Launch(const GatewayRoom& room, const HostLayout& host, std::size_t listeners) {
    if (room.kind == GatewayRoom::Kind::bubblewrap) {
      info = make_pipe();
      info_number = GatewayDescriptors::first_listener + static_cast<int>(listeners);
      argv = gateway_arguments(room, host, info_number, listeners);
      return;
    }
    argv = {room.program.native(), std::to_string(listeners)};
    if (!room.certificates.empty()) {
      environment.push_back("SSL_CERT_FILE=" + room.certificates.native());
    }
    // TCP is what it is for; which of it is its own decision (and its filter leaves no other sockets).
    walls = Walls{make_ruleset(gateway_rules(room, host), LandlockNetwork::internet), {}};
  }
};

fs::path control_socket_in(const fs::path& directory) { return directory / "gateway.sock"; }
fs::path messages_in(const fs::path& directory) { return directory / "gateway.log"; }

std::string read_line(int fd, Deadline deadline) {
  std::string line;
  std::array<char, 4096> buffer;
  while (line.find('\n') == std::string::npos && line.size() < (std::size_t{8} << 20U)) {
    const ssize_t count = wait_readable(fd, deadline) ? ::read(fd, buffer.data(), buffer.size()) : 0;
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      throw Error(ErrorKind::environment, "the session's gateway does not answer",
                  "the session may have ended meanwhile");
    }
    line.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return line;
}

/// It parses what the guest sends, so it may have been taken over: what it says is not relied upon.
Error improper_answer() { return {ErrorKind::environment, "the session's gateway gave no proper answer"}; }

/// No text: empty.
std::string text_at(const Json& answer, const char* key) {
  const auto found = answer.find(key);
  return found != answer.end() && found->is_string() ? escape_untrusted(found->get<std::string>(), 500) : std::string();
}

std::string hash_or_nothing(const std::string& text) {
  const bool is_hash = text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_hash ? text : std::string();
}

}  // namespace

EgressSummary egress_summary_from_json(const Json& status) try {
  const auto number = [&](const char* key) { return status.value(key, std::uint64_t{0}); };
  EgressSummary summary{.allowed = number("allowed"),
                        .refused = number("refused"),
                        .failed = number("failed"),
                        .bytes_up = number("bytes_up"),
                        .bytes_down = number("bytes_down"),
                        .lost_records = number("lost_records"),
                        .log_lines = number("log_lines"),
                        .log_hash = hash_or_nothing(status.value("log_hash", "")),
                        .refusals = {},
                        .broker = status.value("broker", Json())};
  for (const Json& refusal : status.value("refusals", Json::array())) {
    summary.refusals.push_back(
        {refusal.value("to", ""), refusal.value("rule", ""), refusal.value("count", std::uint64_t{0})});
  }
  return summary;
} catch (const Json::exception&) {
  throw improper_answer();
}

GatewayProcess GatewayProcess::start(const GatewayPlan& plan, GatewayListeners listeners, const GatewayPlace& place,
                                     Deadline deadline) {
  return begin(plan, std::move(listeners), place).await_ready(deadline);
}

StartingGateway GatewayProcess::begin(const GatewayPlan& plan, GatewayListeners listeners, const GatewayPlace& place) {
  const bool namespaces = place.room.kind == GatewayRoom::Kind::bubblewrap;
  const HostLayout host = inspect_root();
  if (namespaces && host.bubblewrap.empty()) {
    throw Error(ErrorKind::environment, "cannot confine the gateway: bubblewrap (bwrap) is not installed",
                "apt install bubblewrap");
  }
  const UniqueFd control = listen_unix(control_socket_in(place.directory));
  const UniqueFd log = session_file(place.directory / "egress.jsonl");
  const UniqueFd older_log = session_file(place.directory / "egress.old.jsonl");
  const UniqueFd messages = session_file(messages_in(place.directory));
  const UniqueFd plan_fd = make_plan_memory(plan);
  SocketPair ready = make_socket_pair();
  Launch launch(place.room, host, listeners.tcp.size());

  ProcessSpec spec{.argv = launch.argv,
                   .environment = launch.environment,
                   .working_directory = "/",
                   .fds = {{messages.get(), STDERR_FILENO},
                           {plan_fd.get(), GatewayDescriptors::plan},
                           {ready.theirs.get(), GatewayDescriptors::ready},
                           {control.get(), GatewayDescriptors::control},
                           {log.get(), GatewayDescriptors::log},
                           {older_log.get(), GatewayDescriptors::older_log},
                           {listeners.dns.get(), GatewayDescriptors::dns}},
                   .walls = launch.walls ? &*launch.walls : nullptr};
  if (launch.info) {
    spec.fds.push_back({launch.info->write.get(), launch.info_number});
  }
  for (std::size_t i = 0; i < listeners.tcp.size(); ++i) {
    spec.fds.push_back({listeners.tcp[i].get(), GatewayDescriptors::first_listener + static_cast<int>(i)});
  }
  return {ChildProcess::spawn(spec), place.room.kind, std::move(ready.ours),
          launch.info ? std::move(launch.info->read) : UniqueFd(), place.directory};
}

GatewayProcess StartingGateway::await_ready(Deadline deadline) {
  const bool namespaces = kind_ == GatewayRoom::Kind::bubblewrap;
  // The first process of bubblewrap's PID namespace, or the gateway itself; none when bubblewrap gave up.
  const auto first = namespaces ? read_child_pid(info_.get(), "the gateway", deadline) : std::optional(process_.pid());
  if (!first || !wait_until_ready(ready_.get(), deadline)) {
    process_.wait_for(std::chrono::seconds(1));
    const std::string words = escape_untrusted(trim(read_file(messages_in(directory_))), 2000);
    throw Error(first ? ErrorKind::backend : ErrorKind::environment, "the gateway did not start: " + words);
  }
  const auto gateway = namespaces ? only_child(*first) : first;
  if (!gateway) {
    throw Error(ErrorKind::backend, "the gateway is not where it should be");
  }
  check_walls(*gateway, kind_);
  write_all(ready_.get(), "+");
  return {std::move(process_), *gateway, control_socket_in(directory_)};
}

EgressSummary GatewayProcess::status() const {
  const Json answer = command_gateway(socket_, {{"command", "status"}}, Clock::now() + std::chrono::seconds(5));
  return egress_summary_from_json(answer.value("status", Json()));
}

EgressSummary GatewayProcess::stop() {
  EgressSummary summary;
  try {
    const Json answer = command_gateway(socket_, {{"command", "stop"}}, Clock::now() + std::chrono::seconds(5));
    summary = egress_summary_from_json(answer.value("status", Json()));
    process_.wait_for(std::chrono::seconds(2));
  } catch (const Interrupted&) {
    process_.terminate(std::chrono::milliseconds(0));
    throw;
  } catch (const std::exception&) {
    // It has died, and its summary with it; egress.jsonl still says what it did.
  }
  process_.terminate(std::chrono::milliseconds(0));
  return summary;
}

Json command_gateway(const fs::path& socket, const Json& command, Deadline deadline) {
  std::string further;
  return command_gateway(connect_unix(socket), command, deadline, further);
}

Json command_gateway(const UniqueFd& connection, const Json& command, Deadline deadline, std::string& further) {
  write_all(connection.get(), command.dump() + "\n");
  const std::string received = read_line(connection.get(), deadline);
  const auto end = received.find('\n');
  further = end == std::string::npos ? "" : received.substr(end + 1);
  const Json answer = parse_hostile_json(received.substr(0, end));
  if (!answer.is_object()) {
    throw improper_answer();
  }
  if (answer.contains("error")) {
    throw Error(ErrorKind::usage, text_at(answer, "error"), text_at(answer, "hint"));
  }
  return answer;
}

}  // namespace agentbox
