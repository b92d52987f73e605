// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "store/directories.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <system_error>

namespace agentbox {

namespace {

namespace fs = std::filesystem;

constexpr const char* helper_name = "agentbox-guest";
constexpr const char* guard_name = "agentbox-guard";
constexpr const char* disk_name = "agentbox-disk";
constexpr const char* wire_name = "agentbox-wire";
constexpr const char* gateway_name = "agentbox-gateway";
constexpr const char* fetch_name = "agentbox-fetch";

bool holds_definitions(const fs::path& directory) {
  std::error_code unreadable;
  return fs::is_directory(directory / "agents", unreadable);
}

/// The first that exists, else the first: opening it will then say what is missing.
fs::path first_existing(std::initializer_list<fs::path> candidates) {
  std::error_code unreadable;
  const auto* found = std::find_if(candidates.begin(), candidates.end(),
                                   [&](const auto& path) { return fs::exists(path, unreadable); });
  return found != candidates.end() ? *found : *candidates.begin();
}

bool is_below(const fs::path& path, const fs::path& directory) {
  const auto relative = path.lexically_relative(directory);
  return !relative.empty() && *relative.begin() != "..";
}

std::optional<ShippedFiles> from_variable(const fs::path& program) {
  const char* share = std::getenv("AGENTBOX_SHARE");
  if (share == nullptr || *share == '\0') {
    return std::nullopt;
  }
  const auto directory = fs::path(share).lexically_normal();
  if (!directory.is_absolute() || !holds_definitions(directory)) {
    throw Error(ErrorKind::environment,
                "AGENTBOX_SHARE is \"" + escape_untrusted(share) + "\", which does not hold agentbox's definitions",
                "It is to be the absolute path of a directory with agents/, policies/ and base-images/.");
  }
  const auto find = [&](const char* name, const char* folder) {
    return first_existing({directory / name, directory.parent_path().parent_path() / "libexec/agentbox" / name,
                           program.parent_path().parent_path() / "libexec/agentbox" / name,
                           program.parent_path() / folder / name});
  };
  return ShippedFiles{.definitions = directory,
                      .guest_helper = find(helper_name, "guest"),
                      .guard_program = find(guard_name, "guard"),
                      .disk_program = find(disk_name, "disk"),
                      .wire_program = find(wire_name, "wire"),
                      .gateway_program = find(gateway_name, "gateway/server"),
                      .fetch_program = find(fetch_name, "fetch")};
}

/// PREFIX/bin/agentbox
std::optional<ShippedFiles> from_prefix(const fs::path& program) {
  const auto prefix = program.parent_path().parent_path();
  if (!holds_definitions(prefix / "share/agentbox")) {
    return std::nullopt;
  }
  return ShippedFiles{.definitions = prefix / "share/agentbox",
                      .guest_helper = prefix / "libexec/agentbox" / helper_name,
                      .guard_program = prefix / "libexec/agentbox" / guard_name,
                      .disk_program = prefix / "libexec/agentbox" / disk_name,
                      .wire_program = prefix / "libexec/agentbox" / wire_name,
                      .gateway_program = prefix / "libexec/agentbox" / gateway_name,
                      .fetch_program = prefix / "libexec/agentbox" / fetch_name};
}

std::optional<ShippedFiles> from_build_tree(const fs::path& program) {
  const fs::path build = AGENTBOX_BUILD_DIR;
  if (!is_below(program, build)) {
    return std::nullopt;
  }
  return ShippedFiles{.definitions = AGENTBOX_SOURCE_DIR,
                      .guest_helper = build / "launcher/guest" / helper_name,
                      .guard_program = build / "launcher/guard" / guard_name,
                      .disk_program = build / "launcher/disk" / disk_name,
                      .wire_program = build / "launcher/wire" / wire_name,
                      .gateway_program = build / "launcher/gateway/server" / gateway_name,
                      .fetch_program = build / "launcher/fetch" / fetch_name};
}

}  // namespace

ShippedFiles ShippedFiles::locate() {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    throw system_error(error.value(), "cannot find agentbox's own program in /proc");
  }
  // The prefix before the build tree: an installation may be staged inside a build directory.
  for (const auto& attempt : {from_variable, from_prefix, from_build_tree}) {
    if (auto files = attempt(program)) {
      return *files;
    }
  }
  throw Error(ErrorKind::environment,
              "cannot find agentbox's definitions next to " + escape_untrusted(program.native()),
              "Install agentbox (cmake --install), or set AGENTBOX_SHARE to the directory that holds agents/, "
              "policies/ and base-images/.");
}

}  // namespace agentbox
