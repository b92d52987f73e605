// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/cloud_root.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/base/build_machine.hpp"
#include "image/base/download.hpp"
#include "image/base/nocloud_seed.hpp"
#include "image/base/provision.hpp"
#include "image/base/vendor_image.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr int first_boot_cpus = 2;
constexpr ByteSize first_boot_memory = ByteSize::gibibytes(2);
constexpr ByteSize boot_file_limit = ByteSize::mebibytes(128);

// Prints the packages that setup.sh needs and the image lacks. Asked of dpkg, since a busybox that is there may be the
// dynamic one, which does not run in an initrd.
constexpr const char* missing_packages_script = R"sh(
missing() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" != installed ]; }
for package in busybox-static cpio xz-utils kmod sudo; do
  if missing "$package"; then echo "$package"; fi
done
if grep -qs '\.zst:' /lib/modules/*/modules.dep && missing zstd; then echo zstd; fi
for tree in /lib/modules/*; do
  kernel=${tree##*/}
  if modprobe -S "$kernel" --show-depends 9p && modprobe -S "$kernel" --show-depends vmgenid; then exit 0; fi
done > /dev/null 2>&1
. /etc/os-release
case $ID in
  ubuntu) echo linux-image-generic ;;
  *) echo linux-image-amd64 ;;
esac
)sh";

// Before our setup, whatever the vendor's first boot does must be over. A locked root may not log in once sshd does
// without PAM.
constexpr const char* settle_script = R"sh(
if command -v cloud-init > /dev/null; then cloud-init status --wait || true; fi
case $(getent shadow root | cut -d: -f2) in '!'*) usermod -p '*' root ;; esac
)sh";

std::string host_private_key(const std::vector<ArchiveEntry>& entries) {
  for (const auto& entry : entries) {
    if (entry.path.ends_with("/keys/host_key")) {
      return entry.content;
    }
  }
  throw Error(ErrorKind::internal, "the guest's files hold no host key");
}

Accelerator configured_accelerator(const ImageContext& context) {
  // The probe needs a kernel and an initrd of ours, which is what this boot is for.
  return context.user_config.accelerator == "kvm" ? Accelerator::kvm : Accelerator::tcg;
}

BuildMachine boot_vendor_image(const BaseBuild& build, const fs::path& seed, const std::string& private_key,
                               const fs::path& directory, const ImageContext& context) {
  fs::create_directory(directory / "empty");
  VmSpec spec = build_machine_spec({.base = build,
                                    .disk = build.disk,
                                    .directory = directory,
                                    .shape = {.accelerator = configured_accelerator(context),
                                              .cpus = first_boot_cpus,
                                              .memory = first_boot_memory},
                                    .console = BuildMachineRequest::Console::memory},
                                   context);
  spec.boot = FirmwareBoot{};
  spec.seed_image = seed;
  QemuMachine machine = QemuMachine::start(spec, {.directory = directory, .confinement = context.confinement});
  try {
    SshEndpoint endpoint{
        .server = TcpAddress{.port = machine.ssh_port()}, .user = "root", .host_key = build.host_key, .private_key = private_key};
    SshConnection ssh = SshConnection::connect(endpoint, Clock::now() + boot_limit, machine.pidfd());
    return {std::nullopt, std::move(machine), std::move(endpoint), std::move(ssh)};
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    throw Error(error.kind(), std::string("cannot get into the booted cloud image: ") + error.what(),
                "it must boot by BIOS and run cloud-init and sshd; " + last_words(machine, BuildMachineRequest::Console::memory));
  }
}

std::string ask(SshConnection& ssh, const std::string& what, const std::string& command, ByteSize limit) {
  RemoteOutput result = ssh.run({.command = command}, {}, limit);
  if (!result.status.success() || result.output.size() >= limit.bytes()) {
    throw Error(ErrorKind::backend, "cannot read " + what + " from the cloud image (" + result.status.describe() + ")",
                escape_untrusted(result.error_output, 500));
  }
  return std::move(result.output);
}

// In the script, not as SSH environment: a vendor's sshd accepts but a few names.
std::string exports(const std::vector<std::pair<std::string, std::string>>& variables) {
  std::string lines;
  for (const auto& [name, value] : variables) {
    lines += "export " + name + "=" + shell_quote(value) + "\n";
  }
  return lines;
}

void install_missing_packages(SshConnection& ssh, const ImageContext& context) {
  const std::string script = std::string("exec sh -c ") + shell_quote(missing_packages_script);
  std::string packages = ask(ssh, "the list of missing packages", script, ByteSize::mebibytes(1));
  for (char& byte : packages) {
    byte = byte == '\n' ? ' ' : byte;
  }
  if (trim(packages).empty()) {
    return;
  }
  context.progress.phase("Installing what the image lacks: " + std::string(trim(packages)));
  const HostNetworkSettings host = read_host_network_settings(ImageContext::HostCa::withhold);
  for (const Port port : host.loopback_ports) {
    ssh.forward_guest_port(port, port);
  }
  run_script(ssh, "installing packages",
             exports(host.environment) +
                 "export DEBIAN_FRONTEND=noninteractive\napt-get -q update\n"
                 "apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io install " +
                 packages + "\n",
             context.progress);
}

// The partition that the image's own boot loader chose; our initrd mounts it.
std::string root_device(SshConnection& ssh) {
  const std::string answer = ask(ssh, "the root device", "exec findmnt -no SOURCE,FSTYPE /", ByteSize::mebibytes(1));
  const auto words = split(trim(answer), ' ');
  const std::string& device = words.front();
  const std::string& type = words.back();
  const std::string disk = "/dev/vda";
  const bool known_disk = device.starts_with(disk) && device.size() <= disk.size() + 3 &&
                          device.find_first_not_of("0123456789", disk.size()) == std::string::npos;
  if (!known_disk || type != "ext4") {
    throw Error(ErrorKind::backend,
                "the cloud image's root is " + escape_untrusted(trim(answer), 200) + "; only ext4 on a plain partition is known",
                "use an image of that kind, or a definition with `debian:`");
  }
  return device;
}

void set_up(SshConnection& ssh, const LayerPlan& plan, const std::vector<ArchiveEntry>& entries, const ImageContext& context) {
  context.progress.phase("Waiting for the image's own first boot to end");
  run_script(ssh, "the image's first boot", settle_script, context.progress);
  install_missing_packages(ssh, context);
  context.progress.phase("Setting the image up");
  send_tar(ssh, tar_of(entries));
  run_script(ssh, "setup",
             exports({{"AGENTBOX_USER", plan.user}}) + "sh /usr/lib/agentbox/setup.sh\n"
             // What the seed said, our keys included.
             "rm -rf /var/lib/cloud /root/.ssh/authorized_keys\n",
             context.progress);
}

void take_boot_files(SshConnection& ssh, const fs::path& directory) {
  for (const char* name : {"vmlinuz", "initrd"}) {
    const std::string bytes = ask(ssh, name, std::string("exec cat /usr/lib/agentbox/boot/") + name, boot_file_limit);
    write_file_atomically(directory / name, bytes, 0444);
  }
}

}  // namespace

void build_cloud_root(const CloudRoot& root, const LayerPlan& plan, const std::vector<ArchiveEntry>& entries,
                      BaseBuild& build, const std::string& private_key, const std::string& public_key,
                      const fs::path& directory, const ImageContext& context) {
  context.progress.phase("Downloading " + root.image.url);
  const fs::path image = fetch_image(
      root.image, {.directory = context.directories.cache / "downloads", .program = context.shipped.fetch_program}, context.progress);
  context.progress.phase("Unpacking the image");
  const fs::path disk = directory / "disk.qcow2";
  import_vendor_image(image, disk, plan.size);
  build.disk = {{disk, DiskLayer::Format::qcow2}};

  const TempDir files(directory, "first-boot");
  const fs::path seed = files.path() / "seed.iso";
  write_nocloud_seed(seed, {.instance_id = "agentbox-" + random_hex(8),
                            .authorized_key = public_key,
                            .host_private_key = host_private_key(entries),
                            .host_public_key = build.host_key});
  context.progress.phase("Booting the image for the first time");
  BuildMachine vm = boot_vendor_image(build, seed, private_key, files.path(), context);
  set_up(vm.ssh, plan, entries, context);
  build.root_device = root_device(vm.ssh);
  take_boot_files(vm.ssh, directory);
  vm.power_off();
}

}  // namespace agentbox
