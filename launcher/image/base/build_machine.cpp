// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/build_machine.hpp"

#include <deque>

#include "core/error.hpp"
#include "core/text.hpp"
#include "guest/guest_plan.hpp"
#include "image/base/base_builder.hpp"
#include "image/base/boot_died.hpp"
#include "sys/files.hpp"

namespace agentbox {

std::string kernel_command_line(const std::string& root_device) {
  // mitigations=off: the guest defends nothing against itself, and under emulation each costs.
  // psi=0, noautogroup: what only a desktop or a memory manager asks for, at each change of process and each new terminal.
  // lsm: what systemd and programs in the guest use of the kernel's security modules, without that of BPF, which takes systemd a second.
  // net.ifnames=0: the initrd sets up eth0, without udev. maxcpus=1: it starts the other processors, too.
  return "root=" + root_device +
         " rw console=ttyS0 quiet systemd.show_status=0 mitigations=off psi=0 noautogroup "
         "lsm=landlock,lockdown,yama,apparmor net.ifnames=0 maxcpus=1 panic=-1 oops=panic";
}

int processors_to_build_with(Accelerator accelerator, double load, int processors_of_host) {
  return accelerator == Accelerator::tcg && load > processors_of_host ? 1 : 2;
}

VmSpec build_machine_spec(const BuildMachineRequest& request, const ImageContext& context) {
  const bool log_to_file = request.console == BuildMachineRequest::Console::file;
  return {.qemu = context.qemu.path,
          .qemu_version = context.qemu.version,
          .shape = request.shape,
          .boot = DirectBoot{.kernel = request.base.kernel(),
                             .initrd = request.base.initrd(),
                             .append = kernel_command_line(request.base.root_device)},
          .ram = request.ram,
          .disk = request.disk,
          .seed_image = {},
          .workspace = {.directory = request.directory / "empty", .access = WorkspaceExport::Access::read_only},
          .directories = {},
          .network = request.network,
          .ports = request.ports,
          .console_log = log_to_file ? request.directory / "console.log" : std::filesystem::path{}};
}

/// What went wrong before is what counts: that the console cannot be read must not take its place.
std::string console_of(QemuMachine& machine) {
  try {
    return machine.console_tail();
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    return std::string("(cannot be read: ") + error.what() + ")";
  }
}

std::string last_words(QemuMachine& machine, BuildMachineRequest::Console console) {
  // The console's memory goes with QEMU, a file stays.
  const bool readable = machine.running() || console == BuildMachineRequest::Console::file;
  const std::string guest = readable ? console_of(machine) : "";
  const std::string qemu = machine.diagnostics();
  return "the VM's console: " + (guest.empty() ? "(nothing)" : guest) + (qemu.empty() ? "" : "\nQEMU: " + qemu);
}

BuildMachine boot_build_machine(const BuildMachineRequest& request, const ImageContext& context) {
  std::filesystem::create_directory(request.directory / "empty");
  // Nobody serves the network of a machine that is only to be frozen: what looks for one is refused at once.
  const auto refuse_all = [](const RoomListeners& listeners) { static_cast<void>(listeners); };
  NetworkedMachine started = start_machine(build_machine_spec(request, context),
                                           {.directory = request.directory, .confinement = context.confinement}, context, refuse_all);
  if (const auto* ram = std::get_if<SharedRamFile>(&request.ram)) {
    std::filesystem::remove(ram->path);
  }
  SshEndpoint endpoint = root_login(started, request.base);
  try {
    SshConnection ssh = SshConnection::connect(endpoint, Clock::now() + boot_limit, started.machine.pidfd());
    return {std::move(started.room), std::move(started.machine), std::move(endpoint), std::move(ssh)};
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    const std::string words = last_words(started.machine, request.console);
    if (!started.machine.running()) {
      throw BootDied(error, words);
    }
    throw Error(error.kind(), error.what(), words);
  }
}

void BuildMachine::power_off() {
  // The connection dies with the guest, so the answer to this command may never come: the shell goes into the background.
  const std::string script =
      "sync; (echo u > /proc/sysrq-trigger; sleep 0.2; echo o > /proc/sysrq-trigger) > /dev/null 2>&1 < /dev/null &";
  ssh.run({.command = script});
  if (!machine.wait_until_ended(Clock::now() + std::chrono::minutes(2))) {
    throw Error(ErrorKind::backend, "the image's VM does not power off");
  }
}

namespace {

// Returns the last lines, escaped.
std::deque<std::string> run_reported(SshConnection& ssh, const std::string& what, const RemoteCommand& command,
                                     const std::string& input, Progress& progress) {
  constexpr std::size_t tail_lines = 20;
  std::deque<std::string> tail;
  const ExitStatus status = ssh.run_with_lines(command, input, [&](std::string_view line) {
    tail.push_back(escape_untrusted(line, 400));
    if (tail.size() > tail_lines) {
      tail.pop_front();
    }
    progress.detail(line);
  });
  if (!status.success()) {
    throw Error(ErrorKind::backend, what + " failed in the image's VM (" + status.describe() + ")",
                "its last lines:\n  " + join(std::vector<std::string>(tail.begin(), tail.end()), "\n  "));
  }
  return tail;
}

}  // namespace

void run_script(SshConnection& ssh, const std::string& what, const std::string& script, Progress& progress,
                const std::vector<std::pair<std::string, std::string>>& environment) {
  // Read whole before it runs: a program that reads standard input must not eat the rest of the script.
  run_reported(ssh, what, {.command = "script=$(cat); exec sh -eu -c \"$script\" < /dev/null", .environment = environment},
               script, progress);
}

std::string run_as_user(SshConnection& ssh, const std::string& what, const std::string& user,
                        const std::vector<std::string>& argv, Progress& progress,
                        const std::vector<std::pair<std::string, std::string>>& environment) {
  auto variables = to_environment(GuestPlan{.prepare = {}, .user = user, .directory = {}, .argv = argv});
  variables.insert(variables.end(), environment.begin(), environment.end());
  const auto tail = run_reported(ssh, what, {.command = guest_session_command, .environment = variables}, {}, progress);
  return join(std::vector<std::string>(tail.begin(), tail.end()), "\n");
}

void refresh_helper(SshConnection& ssh, const BaseBuild& base, const ImageContext& context) {
  if (base.helper_digest == helper_digest(context.shipped)) {
    return;
  }
  // Beside and renamed: the old one may be running.
  const std::string path = "/usr/lib/agentbox/agentbox-guest";
  const auto result = ssh.run({.command = "cat > " + path + ".new && chmod 755 " + path + ".new && mv " + path + ".new " + path},
                              read_file(context.shipped.guest_helper));
  if (!result.status.success()) {
    throw Error(ErrorKind::backend, "cannot update the helper in the VM", escape_untrusted(result.error_output, 500));
  }
}

void send_tar(SshConnection& ssh, const std::string& tar) {
  const RemoteOutput result = ssh.run({.command = "exec tar -C / --keep-directory-symlink -xpf -"}, tar);
  if (!result.status.success()) {
    throw Error(ErrorKind::backend, "cannot unpack files in the image's VM",
                escape_untrusted(result.error_output, 1000));
  }
}

}  // namespace agentbox
