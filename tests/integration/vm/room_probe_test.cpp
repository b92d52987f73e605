// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/vm/probe_support.hpp"
#include "support/catch.hpp"
#include "vm/qemu/confinement.hpp"
#include "vm/qemu/syscall_filter.hpp"

#include <fcntl.h>

#include <algorithm>

namespace agentbox::room_probe_test {

// The golden list of bubblewrap's room: all that a probe in QEMU's place can do. QEMU's own sandbox takes more of it
// away.

using namespace agentbox::test;
namespace fs = std::filesystem;

namespace {

using Arguments = std::vector<std::string>;

const Names kReachable = {"reads /usr", "makes files in its own directory", "makes files in the workspace",
                          "moves files in the workspace", "reads its template", "lists the root", "starts a process",
                          // in namespaces of its own, where there is nobody else
                          "makes an IPv6 socket", "makes a UDP socket", "makes a netlink socket", "makes shared memory",
                          "watches files"};

struct RoomProbe {
  VmTest test;
  Surroundings host{test};

  RoomProbe() {
    need_program("python3");
    if (const auto problem = confinement_problem()) {
      skip("no confinement here: " + *problem);
    }
  }

  [[nodiscard]] Arguments room() const {
    VmSpec spec = test.spec("/usr/bin/qemu-system-x86_64");
    spec.qemu_version = "10.0.2";
    spec.ram = PrivateRamFile{host.template_file};
    spec.network = WireNetwork{};
    Arguments argv = confine(spec, test.files(Confinement::bubblewrap), inspect_host("/usr/bin/true"), {4, 5}).argv;
    add_before_root_is_sealed(argv, {"--ro-bind", AGENTBOX_TEST_SUPPORT_DIR, "/probe"});
    return argv;
  }

  static void add_before_root_is_sealed(Arguments& argv, const Arguments& more) {
    const auto sealed = std::ranges::find(argv, "--remount-ro");
    REQUIRE(sealed != argv.end());
    argv.insert(sealed, more.begin(), more.end());
  }

  [[nodiscard]] Names found(Arguments argv, const std::string& filter = syscall_filter()) const {
    for (const auto& more : {std::string("/usr/bin/python3"), std::string("-I"), std::string("-S"),
                             std::string("/probe/probe.py"), host.outside.native(), std::string("/session"),
                             std::string("/workspace"), std::string("/ram"), std::to_string(host.peer.pid()),
                             std::to_string(host.port), (host.outside / "sock").native(), host.abstract_name}) {
      argv.push_back(more);
    }
    const UniqueFd info = open_file("/dev/null", O_WRONLY);
    PipeEnds pipe = make_pipe();
    write_all(pipe.write.get(), filter);
    pipe.write.reset();
    return worked(run_and_capture(
        {.argv = argv, .environment = {}, .working_directory = {}, .fds = {{info.get(), 4}, {pipe.read.get(), 5}}},
        std::chrono::seconds(60)));
  }
};

/// The room without one of its options, or with another in its place.
Arguments changed(Arguments argv, const Arguments& part, const Arguments& instead) {
  const auto found = std::ranges::search(argv, part);
  REQUIRE_FALSE(found.empty());
  const auto at = argv.erase(found.begin(), found.end());
  argv.insert(at, instead.begin(), instead.end());
  return argv;
}

}  // namespace

TEST_CASE("what runs in QEMU's place in bubblewrap's room can do this and no more") {
  const RoomProbe probe;
  CHECK(probe.found(probe.room()) == kReachable);
  CHECK(read_file(probe.host.outside / "victim") == "the user's");
  CHECK(read_file(probe.host.template_file) == "ram");
}

// A list of what is refused proves nothing if the probe cannot do these things anyway.
TEST_CASE("the probe in bubblewrap's room reports more for each wall that is taken away") {
  const RoomProbe probe;
  const auto more = [&](const Arguments& argv, const std::string& filter = syscall_filter()) {
    return without(probe.found(argv, filter), kReachable);
  };
  SECTION("the network namespace") {
    CHECK(more(changed(probe.room(), {"--unshare-net"}, {})) ==
          Names{"connects to loopback", "connects to an abstract socket"});
  }
  SECTION("the mount namespace's emptiness") {
    Arguments argv = probe.room();
    RoomProbe::add_before_root_is_sealed(argv, {"--bind", probe.host.outside.native(), probe.host.outside.native()});
    const Names names = more(argv);
    for (const char* name : {"lists a home", "reads a secret", "reads a secret by a link in the workspace",
                             "makes a file elsewhere", "empties a file by name", "removes a file elsewhere",
                             "connects to a unix socket", "sees that a file is there"}) {
      INFO(name);
      CHECK(names.contains(name));
    }
  }
  SECTION("the template's protection") {
    const std::string file = probe.host.template_file;
    CHECK(more(changed(probe.room(), {"--ro-bind", file, "/ram"}, {"--bind", file, "/ram"})) ==
          Names{"writes to its template", "empties its template"});
  }
  SECTION("the system call filter") {
    const std::string none = [] {
      const sock_filter all = bpf::allow();
      return std::string(reinterpret_cast<const char*>(&all), sizeof all);
    }();
    const Names names = more(probe.room(), none);
    for (const char* name : {"makes a set-uid program", "makes a user namespace", "uses keys"}) {
      INFO(name);
      CHECK(names.contains(name));
    }
  }
  SECTION("the PID namespace") {
    CHECK(more(changed(probe.room(), {"--unshare-pid"}, {})).contains("signals another process"));
  }
}

}  // namespace agentbox::room_probe_test
