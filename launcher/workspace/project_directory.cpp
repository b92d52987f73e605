// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/project_directory.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "core/text.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// Is inner the same as outer, or below it? Both absolute and normal.
bool is_within(const fs::path& inner, const fs::path& outer) {
  const auto [outer_end, inner_at] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return outer_end == outer.end();
}

// Directories of the guest's own that a mount of the same name would hide. Below most of them a project may live.
bool hides_guest_system(const fs::path& path) {
  static const std::vector<fs::path> exact{"/bin",  "/boot", "/etc",     "/home",    "/lib",     "/lib32", "/lib64",
                                           "/opt",  "/root", "/sbin",    "/srv",     "/tmp",     "/usr",   "/usr/bin",
                                           "/mnt",  "/var",  "/usr/lib", "/usr/local", "/usr/sbin", "/usr/share",
                                           "/var/lib", "/var/tmp", "/usr/local/bin", "/usr/local/lib"};
  static const std::vector<fs::path> whole{"/dev", "/proc", "/sys", "/run", "/usr/lib/agentbox", "/etc/ssh"};
  return std::find(exact.begin(), exact.end(), path) != exact.end() ||
         std::any_of(whole.begin(), whole.end(), [&](const fs::path& place) { return is_within(path, place); });
}

// A project can lie on /tmp or /run of the host; only the guest's /run, a kernel interface, must not be hidden.
[[noreturn]] void refuse(const fs::path& path, const std::string& reason, const std::string& hint) {
  throw Error(ErrorKind::usage, "will not share " + escape_untrusted(path.string()) + " with a VM: " + reason, hint);
}

fs::path resolved(const fs::path& path) {
  std::error_code missing;
  const fs::path canonical = fs::canonical(path, missing);
  return missing ? fs::absolute(path).lexically_normal() : canonical;
}

}  // namespace

fs::path resolve_directory(const fs::path& named, const ForbiddenPlaces& forbidden, const std::string& what,
                           const std::string& hint) {
  std::error_code problem;
  const fs::path path = fs::canonical(named, problem);
  if (problem) {
    throw Error(ErrorKind::usage,
                "cannot use " + escape_untrusted(named.string()) + " as " + what + ": " + problem.message(), hint);
  }
  if (!fs::is_directory(path)) {
    throw Error(ErrorKind::usage, escape_untrusted(path.string()) + " is not a directory", hint);
  }
  if (path == "/") {
    refuse(path, "it is the whole file system", hint);
  }
  const fs::path home = forbidden.home.empty() ? fs::path{} : resolved(forbidden.home);
  if (!home.empty() && is_within(home, path)) {
    refuse(path, path == home ? "it is your home directory, with all your keys and settings"
                              : "your home directory is inside of it", hint);
  }
  for (const auto& place : forbidden.own) {
    const fs::path own = resolved(place);
    if (is_within(path, own) || is_within(own, path)) {
      refuse(path, "agentbox keeps its own state there (" + own.string() + ")", hint);
    }
  }
  if (!home.empty() && is_within(path, home / ".ssh")) {
    refuse(path, "it holds your SSH keys", hint);
  }
  if (access(path.c_str(), R_OK | X_OK) != 0) {
    throw system_error("cannot read " + path.string());
  }
  return path;
}

void check_guest_place(const fs::path& path) {
  if (hides_guest_system(path) || path == "/") {
    refuse(path, "at that place in the VM it would hide a part of the VM's own system",
           "choose another place, or another directory where both are the same");
  }
  if (path.string().find('\n') != std::string::npos) {
    refuse(path, "its name holds a newline, which git and most tools do not survive", "rename the directory");
  }
}

fs::path resolve_project(const fs::path& named, const ForbiddenPlaces& forbidden) {
  const fs::path path = resolve_directory(named, forbidden, "the project", "name a project directory: agentbox AGENT ./project");
  check_guest_place(path);
  return path;
}

}  // namespace agentbox
