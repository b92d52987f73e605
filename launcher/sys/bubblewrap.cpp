// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "sys/bubblewrap.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/pidfd.hpp"
#include "sys/process.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

/// The number behind "child-pid": in bubblewrap's own JSON.
std::optional<pid_t> child_pid_in(std::string_view text) {
  constexpr std::string_view key = "\"child-pid\":";
  const auto at = text.find(key);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = trim(text.substr(at + key.size()));
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), pid);
  return error == std::errc() && pid > 0 ? std::optional(pid) : std::nullopt;
}

/// "Seccomp:\t2" -> "2"
std::string status_field(const std::string& status, const std::string& name) {
  for (const std::string& line : split(status, '\n')) {
    if (line.starts_with(name + ":")) {
      return std::string(trim(std::string_view(line).substr(name.size() + 1)));
    }
  }
  return {};
}

/// A process of our user's, the first of a PID namespace (NSpid: its pids from ours inwards), whose parent is not bubblewrap's part outside.
bool is_orphaned_sandbox(pid_t pid) {
  const auto status = read_of_process(pid, "status");
  if (!status || !status_field(*status, "NSpid").ends_with("\t1") ||
      !status_field(*status, "Uid").starts_with(std::to_string(::getuid()) + "\t")) {
    return false;
  }
  const auto parent = read_of_process(std::atoi(status_field(*status, "PPid").c_str()), "comm");
  return !parent || trim(*parent) != "bwrap";
}

std::string namespace_of(const std::string& process, const std::string& kind) {
  std::error_code failure;
  const fs::path target = fs::read_symlink(fmt::format("/proc/{}/ns/{}", process, kind), failure);
  return failure ? std::string() : target.native();
}

}  // namespace

HostLayout inspect_root() {
  std::error_code none;
  HostLayout host{find_program("bwrap"), {}, {}, fs::canonical("/etc/resolv.conf", none)};
  for (const char* name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    std::error_code ignored;
    if (fs::is_symlink(name, ignored)) {
      host.links.push_back({name, fs::read_symlink(name)});
    } else if (fs::is_directory(name, ignored)) {
      host.read_only.emplace_back(name);
    }
  }
  if (fs::exists("/etc/ld.so.cache")) {
    host.read_only.emplace_back("/etc/ld.so.cache");
  }
  return host;
}

void add_root(std::vector<std::string>& arguments, const HostLayout& host) {
  const auto add = [&](std::initializer_list<std::string> more) { arguments.insert(arguments.end(), more); };
  add({"--ro-bind", "/usr", "/usr"});
  for (const auto& [link, target] : host.links) {
    add({"--symlink", target.native(), link.native()});
  }
  add({"--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"});  // before the next: a program may be installed in /tmp
  for (const auto& path : host.read_only) {
    add({"--ro-bind", path.native(), path.native()});
  }
}

std::optional<pid_t> read_child_pid(int info_fd, std::string_view program, Deadline deadline) {
  std::string text;
  std::array<char, 512> buffer;
  while (text.size() < 4096 && text.find('}') == std::string::npos) {
    pollfd readable{info_fd, POLLIN, 0};
    const int ready = ::poll(&readable, 1, poll_timeout(deadline));
    if (ready == 0) {
      throw Error(ErrorKind::backend, fmt::format("bubblewrap did not start {} in time", program));
    }
    const ssize_t count = ready < 0 ? -1 : ::read(info_fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      break;
    }
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return child_pid_in(text);
}

std::optional<pid_t> only_child(pid_t first_inside) {
  const auto text = read_file_if_exists(fmt::format("/proc/{0}/task/{0}/children", first_inside));
  pid_t pid = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), pid).ec != std::errc()) {
    return std::nullopt;
  }
  return pid;
}

int end_orphaned_sandboxes(const std::vector<std::filesystem::path>& directories) {
  int ended = 0;
  for (const auto& directory : directories) {
    for (const pid_t pid : processes_about("bwrap", directory.native() + "/")) {
      const auto start_time = process_start_time(pid);
      const UniqueFd process = start_time ? open_process(pid, *start_time) : UniqueFd();
      if (process && is_orphaned_sandbox(pid)) {
        send_signal(process.get(), SIGKILL);
        wait_readable(process.get(), Clock::now() + std::chrono::seconds(10));
        ++ended;
      }
    }
  }
  return ended;
}

std::vector<std::string> missing_walls(pid_t pid, const std::vector<std::string>& namespaces) {
  const std::string process = std::to_string(pid);
  const auto status = read_file_if_exists("/proc/" + process + "/status");
  if (!status) {
    return {"the process"};
  }
  std::vector<std::string> missing;
  if (status_field(*status, "NoNewPrivs") != "1") missing.emplace_back("no_new_privs");
  if (status_field(*status, "Seccomp") != "2") missing.emplace_back("a seccomp filter");
  if (status_field(*status, "CapEff") != std::string(16, '0')) missing.emplace_back("an empty set of capabilities");
  for (const std::string& kind : namespaces) {
    const std::string theirs = namespace_of(process, kind);
    if (theirs.empty() || theirs == namespace_of("self", kind))
      missing.push_back("a " + kind + " namespace of its own");
  }
  return missing;
}

}  // namespace agentbox
