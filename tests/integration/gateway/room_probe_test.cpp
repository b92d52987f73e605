// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "gateway/host/gateway_process.hpp"
#include "gateway/server/lockdown.hpp"
#include "integration/vm/probe_support.hpp"
#include "support/catch.hpp"
#include "sys/walls.hpp"

#include <fmt/format.h>

#include <fstream>

namespace agentbox::room_probe_test {

// The golden lists of the gateway's two rooms: all that a probe in its place can do, as a gateway could that its guest
// has taken over. It dials for the guest, so it has the host's network; it has nothing else.

using namespace agentbox::test;
namespace fs = std::filesystem;

namespace {

const Names kReachable = {"reads /usr", "connects to loopback", "makes an IPv6 socket", "makes a UDP socket",
                          "makes a netlink socket"};

/// In namespaces of its own, where there is nobody else.
const Names kReachableInNamespaces = {"lists the root", "starts a process", "makes shared memory", "watches files"};

/// What Landlock does not cover (docs/decisions/0009).
const Names kReachableBehindLandlock = {"sees that a file is there"};

Names both(Names names, const Names& more) {
  names.insert(more.begin(), more.end());
  return names;
}

struct GatewayProbe {
  VmTest test;
  Surroundings host{test};

  explicit GatewayProbe(GatewayRoom::Kind kind) : kind_(kind) {
    need_program("python3");
    const bool namespaces = kind == GatewayRoom::Kind::bubblewrap;
    if (const auto problem = namespaces ? bubblewrap_problem() : landlock_problem()) {
      skip(*problem);
    }
  }

  /// A program that takes the gateway's filter, as that does before it reads a byte of the guest's, and then is the
  /// probe.
  [[nodiscard]] fs::path program(const std::string& filter) const {
    const fs::path path = test.path() / "agentbox-gateway";
    std::string hexadecimal;
    for (const char byte : filter) hexadecimal += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    std::ofstream file(path);
    file << "#!/usr/bin/python3 -IS\nimport ctypes, sys\nsys.stdout = sys.stderr\nsys.argv = ['probe']\n";
    for (const std::string& argument :
         {host.outside.native(), test.session().native(), test.workspace().native(), host.template_file.native(),
          std::to_string(host.peer.pid()), std::to_string(host.port), (host.outside / "sock").native(),
          host.abstract_name}) {
      file << "sys.argv.append('" << argument << "')\n";
    }
    file << "class Filter(ctypes.Structure):\n  _fields_ = [('size', ctypes.c_ushort), ('program', ctypes.c_char_p)]\n"
         << "code = bytes.fromhex('" << hexadecimal << "')\n"
         << "kernel = ctypes.CDLL(None)\n"
         << "if code and (kernel.prctl(38, 1, 0, 0, 0) != 0 or kernel.prctl(22, 2, ctypes.byref(Filter(len(code) // 8, "
            "code))) != 0):\n"
         << "  sys.exit('no filter')\n"
         << read_file(AGENTBOX_TEST_SUPPORT_DIR "/probe.py");
    file.close();
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }

  [[nodiscard]] Names found(const std::string& filter) const {
    GatewayListeners listeners;
    listeners.tcp.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    listeners.dns = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    // It never says that it serves.
    CHECK_THROWS_AS(
        GatewayProcess::start({.session = "s", .policy = "p", .rules = {}}, std::move(listeners),
                              {.room = {.program = program(filter), .kind = kind_}, .directory = test.session()},
                              Clock::now() + std::chrono::seconds(60)),
        Error);
    return worked({.status = ExitStatus::exited(0), .output = read_file(test.session() / "gateway.log"), .error_output = {}});
  }

  static std::string gateway_filter() {
    const bpf::Program program = lockdown_filter();
    return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(sock_filter)};
  }

 private:
  static std::optional<std::string> bubblewrap_problem() {
    const ProcessSpec spec{.argv = {"bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "true"}};
    if (find_program("bwrap").empty() || !run_and_capture(spec, std::chrono::seconds(10)).status.success()) {
      return "bubblewrap cannot make a room here";
    }
    return std::nullopt;
  }
  GatewayRoom::Kind kind_;
};

}  // namespace

TEST_CASE("what runs in the gateway's place in bubblewrap's room reaches the network and no more") {
  const GatewayProbe probe(GatewayRoom::Kind::bubblewrap);
  const Names usual = both(kReachable, kReachableInNamespaces);
  CHECK(probe.found(GatewayProbe::gateway_filter()) == usual);
  CHECK(read_file(probe.host.outside / "victim") == "the user's");
  // The probe can do more: without the filter it does.
  const Names more = without(probe.found(""), usual);
  for (const char* name : {"connects to an abstract socket", "makes a user namespace", "uses keys"}) {
    INFO(name);
    CHECK(more.contains(name));
  }
}

TEST_CASE("what runs in the gateway's place behind Landlock reaches the network and no more") {
  const GatewayProbe probe(GatewayRoom::Kind::landlock);
  const Names usual = both(kReachable, kReachableBehindLandlock);
  CHECK(probe.found(GatewayProbe::gateway_filter()) == usual);
  CHECK(read_file(probe.host.outside / "victim") == "the user's");
  const Names more = without(probe.found(""), usual);
  for (const char* name : {"connects to a unix socket", "changes a file's mode", "changes a file's attributes"}) {
    INFO(name);
    CHECK(more.contains(name));
  }
}

}  // namespace agentbox::room_probe_test
