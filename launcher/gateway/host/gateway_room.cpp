// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/host/gateway_room.hpp"

namespace agentbox {

namespace fs = std::filesystem;

namespace {

struct EtcFile {
  std::string name;
  fs::path real;  ///< /etc/resolv.conf is often a link to a file below /run
};

std::vector<EtcFile> files_of_etc(const fs::path& etc) {
  std::vector<EtcFile> files;
  for (const char* name :
       {"resolv.conf", "hosts", "nsswitch.conf", "gai.conf", "host.conf", "ssl", "ca-certificates", "pki"}) {
    std::error_code missing;
    const fs::path real = fs::canonical(etc / name, missing);
    if (!missing) {
      files.push_back({name, real});
    }
  }
  return files;
}

}  // namespace

std::vector<std::string> gateway_arguments(const GatewayRoom& room, const HostLayout& host, int info_fd,
                                           std::size_t listeners) {
  std::vector<std::string> argv = {host.bubblewrap.native(), "--info-fd", std::to_string(info_fd)};
  const auto add = [&](std::initializer_list<std::string> more) { argv.insert(argv.end(), more); };
  add({"--unshare-user", "--uid", "1000", "--gid", "1000", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
       "--unshare-cgroup-try", "--new-session", "--cap-drop", "ALL", "--die-with-parent", "--clearenv"});
  add_root(argv, host);
  for (const auto& [name, real] : files_of_etc(room.etc)) {
    add({"--ro-bind", real.native(), "/etc/" + name});
  }
  if (!room.certificates.empty()) {
    add({"--ro-bind", room.certificates.native(), room_certificates, "--setenv", "SSL_CERT_FILE",
         room_certificates});
  }
  add({"--ro-bind", room.program.native(), "/agentbox-gateway"});
  add({"--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--", "/agentbox-gateway",
       std::to_string(listeners)});
  return argv;
}

PathRules gateway_rules(const GatewayRoom& room, const HostLayout& host) {
  using Access = PathRule::Access;
  PathRules rules{{Access::run, "/usr"}};
  for (const auto& path : host.read_only) {
    rules.push_back({Access::run, path});
  }
  for (const auto& file : files_of_etc(room.etc)) {
    rules.push_back({Access::read, file.real});
  }
  if (!room.certificates.empty()) {
    rules.push_back({Access::read, room.certificates});
  }
  rules.push_back({Access::run, room.program});
  rules.push_back({Access::write, "/dev/null"});
  rules.push_back({Access::read, "/dev/urandom"});
  return rules;
}

}  // namespace agentbox
