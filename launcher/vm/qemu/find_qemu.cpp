// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "vm/qemu/probe.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace agentbox {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kInstall =
    "Install it: apt install qemu-system-x86 (Debian, Ubuntu), dnf install qemu-system-x86-core (Fedora),\n"
    "pacman -S qemu-base (Arch). Or name it in config.yaml: qemu: /path/to/qemu-system-x86_64";

fs::path locate(const std::string& configured) {
  if (configured.empty()) {
    fs::path found = find_program("qemu-system-x86_64");
    if (found.empty()) {
      throw Error(ErrorKind::environment, "QEMU is not installed: there is no qemu-system-x86_64 in PATH", kInstall);
    }
    return found;
  }
  if (std::error_code ignored; !fs::is_regular_file(configured, ignored)) {
    throw Error(ErrorKind::environment, "the configured QEMU does not exist: " + escape_untrusted(configured),
                kInstall);
  }
  return fs::absolute(configured);
}

/// Names this very file: an upgrade of QEMU changes size or time.
json identity_of(const fs::path& program) {
  std::error_code failure;
  const auto size = fs::file_size(program, failure);
  const auto time = failure ? fs::file_time_type() : fs::last_write_time(program, failure);
  if (failure) {
    throw Error(ErrorKind::environment,
                "cannot look at " + escape_untrusted(program.native()) + ": " + failure.message());
  }
  return {{"path", to_hex({reinterpret_cast<const unsigned char*>(program.c_str()), program.native().size()})},
          {"size", size},
          {"mtime", time.time_since_epoch().count()}};
}

struct Version {
  std::string number;
  std::string build;
};

std::optional<Version> cached_version(const fs::path& cache, const json& identity) {
  try {
    const auto text = read_file_if_exists(cache, ByteSize(65536));
    const json entry = json::parse(text.value_or(""), nullptr, false);
    if (entry.is_object() && entry.value("qemu", json()) == identity && entry.value("version", json()).is_string() &&
        entry.value("build", json()).is_string()) {
      return Version{entry["version"].get<std::string>(), entry["build"].get<std::string>()};
    }
  } catch (const Error&) {  // an unreadable cache is no cache
  }
  return std::nullopt;
}

/// From "QEMU emulator version 7.2.22 (Debian ...)" and a copyright line.
Version version_in(std::string_view output) {
  constexpr std::string_view before = "version ";
  const auto at = output.find(before);
  if (at == std::string_view::npos) {
    return {};
  }
  const auto rest = output.substr(at + before.size());
  return {std::string(rest.substr(0, rest.find_first_not_of("0123456789."))),
          escape_untrusted(trim(rest.substr(0, rest.find('\n'))), 200)};
}

Version ask_version(const fs::path& program) {
  const Captured result =
      run_and_capture({.argv = {program.native(), "--version"}, .environment = {}, .working_directory = {}, .fds = {}},
                      std::chrono::seconds(20), ByteSize(65536));
  Version version = version_in(result.output);
  if (!result.status.success() || version.number.empty()) {
    throw Error(ErrorKind::environment,
                fmt::format("{} --version does not answer like QEMU ({}): {}", escape_untrusted(program.native()),
                            result.status.describe(), escape_untrusted(result.output + result.error_output, 400)),
                kInstall);
  }
  return version;
}

void require_supported(const std::string& version) {
  const auto parts = split(version + ".0", '.');
  int major = 0;
  int minor = 0;
  std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), major);
  std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), minor);
  if (std::pair(major, minor) < std::pair(7, 2)) {
    throw Error(ErrorKind::environment, "QEMU " + version + " is too old: agentbox needs 7.2 or newer", kInstall);
  }
}

}  // namespace

QemuProgram find_qemu(const std::string& configured, const fs::path& cache_directory) {
  const fs::path program = locate(configured);
  const json identity = identity_of(program);
  const fs::path cache = cache_directory / "qemu-version.json";
  if (auto known = cached_version(cache, identity)) {
    return {program, std::move(known->number), std::move(known->build)};
  }
  Version version = ask_version(program);
  require_supported(version.number);
  make_directories(cache_directory);
  write_file_atomically(cache,
                        json{{"qemu", identity}, {"version", version.number}, {"build", version.build}}.dump(2) + "\n");
  return {program, std::move(version.number), std::move(version.build)};
}

}  // namespace agentbox
