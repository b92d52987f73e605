// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"
#include "vm/qemu/machine.hpp"
#include "vm/qemu/probe.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>

// That /dev/kvm opens says little: there are hosts where it does, answers its API version, creates a VM, and then hangs
// a stock kernel or stops at a machine register it does not know. Only a kernel that came up proves anything.

namespace agentbox {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::chrono::seconds kProbeTime{20};
constexpr std::string_view kProof = "AGENTBOX-PROBE-OK";

/// Why /dev/kvm cannot be used at all; empty when it opens.
std::string kvm_refusal() {
  try {
    open_file("/dev/kvm", O_RDWR);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

std::string cpu_model() {
  const auto text = read_file_if_exists("/proc/cpuinfo").value_or("");
  for (const auto& line : split(text, '\n')) {
    if (line.starts_with("model name")) {
      return line;
    }
  }
  return {};
}

/// All that the verdict depends on; another value, another probe.
json circumstances(const QemuProgram& qemu) {
  return {{"qemu", qemu.version},
          {"host-kernel", read_file_if_exists("/proc/sys/kernel/osrelease").value_or("")},
          {"cpu", cpu_model()}};
}

std::optional<AcceleratorVerdict> cached_verdict(const fs::path& cache, const json& key) {
  try {
    const json entry = json::parse(read_file_if_exists(cache, ByteSize(65536)).value_or(""), nullptr, false);
    if (entry.is_object() && entry.value("for", json()) == key && entry.value("kvm", json()).is_boolean() &&
        entry.value("reason", json()).is_string()) {
      return AcceleratorVerdict{entry["kvm"].get<bool>() ? Accelerator::kvm : Accelerator::tcg,
                                entry["reason"].get<std::string>()};
    }
  } catch (const Error&) {  // an unreadable cache is no cache
  }
  return std::nullopt;
}

/// Of escaped text.
std::string first_line(const std::string& escaped) { return escaped.substr(0, escaped.find("\\x0a")); }

AcceleratorVerdict boot_under_kvm(const QemuProgram& qemu, const DirectBoot& boot, const fs::path& scratch) {
  const TempDir directory(scratch, "probe");
  make_directories(directory.path() / "empty");
  VmSpec spec;
  spec.qemu = qemu.path.native();
  spec.qemu_version = qemu.version;
  spec.shape = {Accelerator::kvm, 1, ByteSize::mebibytes(512)};
  spec.boot = boot;
  spec.workspace = {directory.path() / "empty", WorkspaceExport::Access::read_only};
  spec.network = UserNetwork{NetworkMode::offline};
  spec.console_log = directory.path() / "console.log";
  // Not confined: the guest is our own initrd, and whether the confinement works is another question.
  const MachineFiles files{directory.path(), Confinement::none};
  try {
    QemuMachine machine = QemuMachine::start(spec, files);
    const bool ended = machine.wait_until_ended(Clock::now() + kProbeTime);
    const std::string messages = machine.diagnostics();
    machine.quit();
    const auto console = read_file_if_exists(spec.console_log, ByteSize::mebibytes(64)).value_or("");
    if (ended && console.find(kProof) != std::string::npos) {
      return {Accelerator::kvm, "a kernel booted under KVM came up"};
    }
    if (!ended) {
      return {Accelerator::tcg,
              fmt::format("KVM opens, but a kernel booted under it did not come up in {} s", kProbeTime.count())};
    }
    return {Accelerator::tcg,
            "KVM opens, but a kernel booted under it crashed" + (messages.empty() ? "" : ": " + first_line(messages))};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::backend) {
      throw;
    }
    return {Accelerator::tcg,
            "KVM opens, but QEMU cannot use it: " + first_line(error.hint().empty() ? error.what() : error.hint())};
  }
}

}  // namespace

AcceleratorVerdict choose_accelerator(const QemuProgram& qemu, const fs::path& kernel, const fs::path& initrd,
                                      const fs::path& cache_directory, const std::string& configured) {
  if (configured == "kvm" || configured == "tcg") {
    return {configured == "kvm" ? Accelerator::kvm : Accelerator::tcg, "config.yaml says so"};
  }
  if (!configured.empty()) {
    throw Error(ErrorKind::config, "unknown accelerator: " + escape_untrusted(configured), "Accepted are kvm and tcg.");
  }
  // Not cached: joining the kvm group or loading the module changes it, and asking costs nothing.
  if (const std::string refusal = kvm_refusal(); !refusal.empty()) {
    return {Accelerator::tcg, "there is no KVM to use: " + refusal};
  }
  const fs::path cache = cache_directory / "accelerator.json";
  const json key = circumstances(qemu);
  if (auto verdict = cached_verdict(cache, key)) {
    return *std::move(verdict);
  }
  make_directories(cache_directory);
  AcceleratorVerdict verdict =
      boot_under_kvm(qemu, {kernel, initrd, "console=ttyS0 agentbox.probe quiet panic=-1"}, cache_directory);
  write_file_atomically(
      cache, json{{"for", key}, {"kvm", verdict.accelerator == Accelerator::kvm}, {"reason", verdict.reason}}.dump(
                 2, ' ', false, json::error_handler_t::replace) +
                 "\n");
  return verdict;
}

}  // namespace agentbox
