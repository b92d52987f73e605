// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/base_builder.hpp"

#include <fmt/chrono.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "core/error.hpp"
#include "image/base/boot_died.hpp"
#include "image/base/build_machine.hpp"
#include "image/base/cloud_root.hpp"
#include "image/base/debian_rootfs.hpp"
#include "image/base/guest_archive.hpp"
#include "image/base/kernel_image.hpp"
#include "image/base/layer_plan.hpp"
#include "image/base/provision.hpp"
#include "ssh/keys.hpp"
#include "sys/files.hpp"
#include "sys/host_load.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

// The VM that provisions has what the host can spare: npm and compilers want memory.
constexpr ByteSize provision_memory = ByteSize::gibibytes(2);

std::optional<DebianMirror> choose_mirror(const ImageContext& context) {
  if (context.user_config.debian_mirror) {
    return DebianMirror{.main = *context.user_config.debian_mirror, .security = {}};
  }
  return host_debian_mirror("/etc/apt");
}

void require_program(const char* program, const char* package) {
  if (find_program(program).empty()) {
    throw Error(ErrorKind::environment, std::string("building a Debian image needs ") + program + ", which is not installed",
                std::string("apt install ") + package);
  }
}

void build_debian_root(const DebianRoot& root, const LayerPlan& plan, std::vector<ArchiveEntry> entries,
                       BaseBuild& build, const fs::path& directory, const ImageContext& context) {
  require_program("mmdebstrap", "mmdebstrap");
  require_program("mke2fs", "e2fsprogs");
  const bool as_root = geteuid() == 0;
  if (!as_root) {
    require_program("newuidmap", "uidmap");
  }
  context.progress.phase("Installing Debian " + root.release + " (" + std::to_string(root.packages.size()) + " packages)");
  const auto files = file_entries(plan.files);
  entries.insert(entries.end(), files.begin(), files.end());
  build_debian_rootfs({.root = root,
                       .user = plan.user,
                       .size = plan.size,
                       .mirror = choose_mirror(context),
                       .privilege = as_root ? DebianRootfsRequest::Privilege::root : DebianRootfsRequest::Privilege::user},
                      entries, directory, context.progress);
  build.disk = {{directory / "disk.raw", DiskLayer::Format::raw}};
}

void share_file(const fs::path& from, const fs::path& to) {
  std::error_code refused;
  fs::create_hard_link(from, to, refused);
  if (refused) {
    fs::copy_file(from, to);
  }
}

// The parent's kernel, keys and disk chain; the disk's new top comes with provisioning.
void inherit(const BaseBuild& parent, BaseBuild& build, const fs::path& directory) {
  share_file(parent.kernel(), directory / "vmlinuz");
  share_file(parent.initrd(), directory / "initrd");
  write_file_atomically(directory / "id_ed25519", parent.private_key(), 0600);
  build.host_key = parent.host_key;
  build.root_device = parent.root_device;
  build.disk = parent.disk;
  build.helper_digest = parent.helper_digest;
  build.versions = parent.versions;
}

void make_root(const LayerPlan& plan, BaseBuild& build, const fs::path& directory, const ImageContext& context) {
  const KeyPair login = generate_key_pair();
  const KeyPair host = generate_key_pair();
  write_file_atomically(directory / "id_ed25519", login.private_key, 0600);
  build.host_key = host.public_key;
  build.helper_digest = helper_digest(context.shipped);
  auto entries = guest_entries(context.shipped, host.private_key, login.public_key);
  if (const auto* debian = std::get_if<DebianRoot>(&plan.root)) {
    build_debian_root(*debian, plan, std::move(entries), build, directory, context);
    // Debian's own kernel, signed by the archive. A cloud image's comes out of a guest: no unpacker on the host reads that.
    unpack_kernel(build.kernel());
  } else {
    build_cloud_root(std::get<CloudRoot>(plan.root), plan, entries, build, login.private_key, login.public_key, directory,
                     context);
  }
}

void provision_layer(const LayerPlan& plan, BaseBuild& build, const fs::path& directory, const ImageContext& context) {
  // A layer of its own even over a disk that this very build made: the first boot's traces stay out of the root.
  const fs::path overlay = directory / "disk.qcow2";
  if (build.disk.front().path != overlay) {
    create_overlay(overlay, build.disk.front(), plan.size);
    build.disk.insert(build.disk.begin(), {overlay, DiskLayer::Format::qcow2});
  }
  const auto host = read_host_network_settings(context.host_ca);
  context.progress.phase("Booting the image to finish it");
  const auto accelerator = choose_accelerator(context.qemu, build.kernel(), build.initrd(), context.directories.cache,
                                              context.user_config.accelerator);
  const int cpus = processors_to_build_with(accelerator.accelerator, load_of_last_minute(), host_processors());
  std::optional<TempDir> files;
  BuildMachine vm = boot_twice_if_it_dies(context.progress, [&] {
    files.emplace(directory, "vm");
    return boot_build_machine({.base = build,
                               .disk = build.disk,
                               .directory = files->path(),
                               .shape = {.accelerator = accelerator.accelerator,
                                         .cpus = cpus,
                                         .memory = provision_memory}},
                              context);
  });
  for (const auto& [agent, version] : provision(vm, plan, host, context)) {
    build.versions[agent] = version;
  }
  context.progress.phase("Finishing the image");
  vm.power_off();
}

// A disk that was cut short in writing is found here, not at a user's first session.
void verify_disk(const BaseBuild& build) {
  const DiskLayer& top = build.disk.front();
  if (top.format != DiskLayer::Format::qcow2) {
    return;
  }
  const auto checked = run_and_capture({.argv = {"qemu-img", "check", "-q", "-f", "qcow2", top.path}}, std::chrono::minutes(5));
  if (!checked.status.success()) {
    throw Error(ErrorKind::backend, "the finished disk of base \"" + build.name + "\" is damaged", checked.error_output);
  }
}

std::string now_utc() {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

BaseBuild build_base(const LayerPlan& plan, const BaseStore& store, const ImageContext& context) {
  std::optional<BaseBuild> parent;
  if (const auto* from = std::get_if<ParentBase>(&plan.root)) {
    parent = ensure_base(from->name, Rebuild::if_missing, context);
  }
  context.progress.phase("Building base image " + plan.name);
  TempDir aside = store.begin(plan.name);
  BaseBuild build{.name = plan.name,
                  .build = random_hex(4),
                  .digest = plan.digest,
                  .created = now_utc(),
                  .directory = aside.path(),
                  .disk = {},
                  .user = plan.user,
                  .size = plan.size,
                  .agents = plan.all_agents,
                  .versions = {},
                  .host_key = {},
                  .helper_digest = {}};
  if (parent) {
    inherit(*parent, build, aside.path());
  } else {
    make_root(plan, build, aside.path(), context);
  }
  if (plan.needs_provisioning()) {
    provision_layer(plan, build, aside.path(), context);
  }
  verify_disk(build);
  return store.publish(std::move(aside), std::move(build));
}

}  // namespace

std::string helper_digest(const ShippedFiles& shipped) { return sha256_hex_of_file(shipped.guest_helper); }

BaseBuild ensure_base(const std::string& name, Rebuild rebuild, const ImageContext& context) {
  const BaseStore store(context.bases());
  const LayerPlan plan = plan_layer(context.catalog, name);
  auto existing = store.current(name);
  if (rebuild == Rebuild::if_missing && existing) {
    if (existing->digest != plan.digest) {
      context.progress.note("Base \"" + name + "\" was built from an older definition; agentbox base build " + name +
                            " makes it anew.");
    }
    return *existing;
  }
  auto lock = store.try_lock(name);
  if (!lock) {
    context.progress.note("Another agentbox is building base \"" + name + "\"; waiting for it.");
    lock = store.lock(name);
    // Whoever was first has done the work; a rebuild that was asked for meanwhile is that very build.
    if (auto theirs = store.current(name); theirs && (!existing || theirs->build != existing->build)) {
      return *theirs;
    }
  } else if (auto theirs = store.current(name); theirs && rebuild == Rebuild::if_missing) {
    return *theirs;
  }
  return build_base(plan, store, context);
}

}  // namespace agentbox
