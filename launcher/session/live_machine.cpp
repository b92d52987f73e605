// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/live_machine.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "guest/parked.hpp"
#include "session/guest_command.hpp"
#include "sys/files.hpp"

#include <chrono>
#include <utility>

namespace agentbox {
namespace {

/// As LiveManifest has them.
constexpr const char* first_port = "first";
constexpr const char* second_port = "second";

LoginPort login_port(const LiveManifest& live) {
  if (live.login_port != first_port && live.login_port != second_port) {
    throw Error(ErrorKind::environment, "a snapshot's login waits on no port that there is: " + escape_untrusted(live.login_port, 40));
  }
  return live.login_port == first_port ? LoginPort::first : LoginPort::second;
}

}  // namespace

std::string machine_digest(VmSpec spec) {
  spec.qemu = "qemu";
  spec.boot = IncomingState{};
  spec.ram = PrivateRamFile{"/ram"};
  spec.disk = {{"/disk", DiskLayer::Format::qcow2}};
  spec.seed_image = {};
  spec.workspace = {.directory = "/workspace", .access = WorkspaceExport::Access::read_only};
  spec.directories = {};
  spec.kept_disk = {};
  spec.project_disk = {};
  spec.directories_at = "/directories";
  if (auto* wire = std::get_if<WireNetwork>(&spec.network)) {
    wire->socket = 0;
  }
  spec.ports = {};
  spec.qmp_fd = 0;
  spec.console_log.clear();
  std::string joined = control_protocol;
  for (const auto& argument : qemu_arguments(spec)) {
    joined += argument + '\0';
  }
  return sha256_hex(joined);
}

VmSpec live_spec(const MachineRequest& request, const std::filesystem::path& ram, std::vector<DiskLayer> disk, const ImageContext& context) {
  return {.qemu = context.qemu.path,
          .qemu_version = context.qemu.version,
          .shape = request.shape,
          .boot = IncomingState{.kind = IncomingState::Kind::saved_running},
          .ram = PrivateRamFile{ram},
          .disk = std::move(disk),
          .seed_image = {},
          .workspace = {},
          .directories = {},
          .network = request.network,
          .ports = {},
          .console_log = {}};
}

void require_same_machine(const LiveManifest& live, const std::string& snapshot, const std::filesystem::path& directory, const VmSpec& spec,
                          const QemuProgram& qemu) {
  std::string reason;
  if (live.qemu_version != qemu.version) {
    reason = "it was made by QEMU " + live.qemu_version + ", and this is QEMU " + qemu.version;
  } else if (live.accelerator != to_string(spec.shape.accelerator)) {
    reason = "it ran under " + live.accelerator + ", and this would be " + to_string(spec.shape.accelerator);
  } else if (live.machine_digest != machine_digest(spec)) {
    reason = "this agentbox makes another machine";
  } else {
    reason = live_snapshot_problem(directory, live);
  }
  if (!reason.empty()) {
    throw Error(ErrorKind::environment, "the snapshot \"" + snapshot + "\" cannot go on where it was: " + reason,
                "Its disk can be started anew: agentbox snapshot resume --cold " + snapshot);
  }
}

std::optional<WaitingLogin> waiting_login(const LiveManifest& live, const std::filesystem::path& directory, const BaseBuild& base) {
  if (live.login_port.empty()) {
    return std::nullopt;
  }
  return WaitingLogin{.port = login_port(live),
                      .connection = ParkedConnection(parked_endpoint(base, live.login_host_key), read_file(LiveManifest::greeting_in(directory), ByteSize::mebibytes(1)))};
}

void note_login(const SpareLogin& spare, const std::string& greeting, const std::string& host_key, const std::filesystem::path& directory, LiveManifest& live) {
  write_file_atomically(LiveManifest::greeting_in(directory), greeting, 0400);
  live.login_port = spare.port() == LoginPort::first ? first_port : second_port;
  live.login_greeting_sha256 = sha256_hex(greeting);
  live.login_host_key = host_key;
}

ThawPlan thaw_plan() {
  return {.clock_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count(),
          .identity = {}};
}

void send(GuestControl& control, const ThawPlan& plan, Deadline deadline, int ended) {
  control.send(plan.identity ? plan.identity->entropy : "", deadline, ended);
  control.send(to_json_text(plan), deadline, ended);
}

ThawPlan thaw_plan(const MachineIdentity& identity) {
  ThawPlan thaw = thaw_plan();
  thaw.identity = identity_preparation(identity);
  return thaw;
}

}  // namespace agentbox
