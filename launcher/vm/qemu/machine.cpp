// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "vm/qemu/machine.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/bubblewrap.hpp"
#include "sys/files.hpp"
#include "sys/pidfd.hpp"
#include "vm/qemu/confinement.hpp"
#include "vm/qemu/launch.hpp"
#include "vm/qemu/state_transfer.hpp"
#include "vm/qemu/usernet.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace agentbox {
namespace {

using nlohmann::json;
using std::chrono::seconds;

// Generous: an overloaded host is slow, and a limit here is only there so that nobody waits for ever.
constexpr seconds kStartTime{30};
constexpr seconds kTransferTime{120};
constexpr seconds kQuitTime{3};
constexpr seconds kLastWordsTime{2};
constexpr std::size_t kConsoleRing = 65536;  // as qemu_arguments() asks for it
constexpr std::size_t kConsoleTail = 4096;

void enable_capabilities(QmpClient& qmp) {
  // x-ignore-shared: RAM that lives in a file stays there. events: the end of a transfer is told, not asked for.
  qmp.execute("migrate-set-capabilities",
              {{"capabilities", json::array({{{"capability", "x-ignore-shared"}, {"state", true}},
                                             {{"capability", "events"}, {"state", true}}})}});
}

void wait_for_transfer(QmpClient& qmp, Deadline deadline) {
  const json event = qmp.wait_event(
      [](const json& candidate) {
        if (candidate.value("event", json()) != "MIGRATION" || !candidate.contains("data")) {
          return false;
        }
        const json status = candidate["data"].is_object() ? candidate["data"].value("status", json()) : json();
        return status == "completed" || status == "failed";
      },
      deadline);
  if (event["data"]["status"] == "failed") {
    throw Error(ErrorKind::backend, "QEMU gave up on the transfer of the machine's state");
  }
}

void require_walls(const std::vector<std::string>& missing) {
  if (!missing.empty()) {
    throw Error(ErrorKind::environment, "QEMU is not locked in as it should be: it lacks " + join(missing, ", "),
                "this host's bubblewrap or kernel does less than agentbox counts on; the VM was ended");
  }
}

/// Asks the kernel, not bubblewrap, what QEMU is locked into.
void check_bubblewrap(pid_t first_inside, const NetworkDevice& network) {
  const auto pid = only_child(first_inside);
  if (!pid) {
    throw Error(ErrorKind::backend, "QEMU has ended");
  }
  std::vector<std::string> namespaces{"user", "mnt", "pid", "ipc", "uts"};
  if (std::holds_alternative<WireNetwork>(network)) {
    namespaces.emplace_back("net");
  }
  require_walls(missing_walls(*pid, namespaces));
}

/// The kernel shows no one's Landlock rules. That they hold follows from the rest: the child gets its filters after it was
/// restricted, or does not become QEMU at all.
void check_walls(Confinement confinement, pid_t pid, const NetworkDevice& network) {
  if (confinement == Confinement::landlock) {
    require_walls(missing_walls(pid, {}));
  } else if (confinement != Confinement::none) {
    check_bubblewrap(pid, network);
  }
}

std::string cause_of_shutdown(const json& event) {
  const json data = event.value("data", json::object());
  const json reason = data.is_object() ? data.value("reason", json()) : json();
  if (reason == "guest-shutdown") {
    return "its guest powered off";
  }
  // By arguments.cpp a guest that restarts ends its VM, and a kernel of ours that has crashed restarts (kernel_command_line()).
  if (reason == "guest-reset" || reason == "guest-panic") {
    return "its guest restarted, or its kernel crashed";
  }
  return reason == "host-qmp-quit" || reason == "host-signal" || reason == "host-ui" ? "QEMU was told to end" : "QEMU ended by itself";
}

std::string cause_of_end(const ExitStatus& status, const RunningQemu& qemu) {
  constexpr int by_signal = 128;
  const bool confined = qemu.first_inside.valid();
  const int code = status.shell_code();
  const bool killed = status == ExitStatus::signaled(code - by_signal);
  if (status.success()) {
    return "";
  }
  if (killed) {
    return (confined ? "its confinement was " : "QEMU was ") + status.describe();
  }
  const std::string words = qemu.last_line();
  // bubblewrap hands on how the program in it ended as a shell does.
  const bool killed_inside = confined && code > by_signal && code < by_signal + NSIG;
  return (killed_inside ? "QEMU was " + ExitStatus::signaled(code - by_signal).describe() : "QEMU ended with " + status.describe()) +
         (words.empty() ? "" : ": " + words);
}

}  // namespace

struct QemuMachine::Impl {
  RunningQemu qemu;
  std::optional<QmpClient> qmp;
  std::filesystem::path console_log;
  std::string console_seen;
  std::filesystem::path directory;
  std::string top_node = "d0";  ///< of the disk, as qemu_arguments() names it
  int layers_added = 0;
  pid_t pid;

  ~Impl() { kill(); }
  Impl(RunningQemu running, std::filesystem::path console, std::filesystem::path own)
      : qemu(std::move(running)),
        console_log(std::move(console)),
        directory(std::move(own)),
        pid(qemu.first_inside.valid() ? qemu.first_inside_pid : qemu.process.pid()) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// Safe to repeat. The namespace's first process goes first: the kernel kills all others in there with it, while
  /// killing only bubblewrap would leave them running unless they were tied to it.
  void kill() noexcept {
    if (qemu.first_inside.valid()) {
      send_signal(qemu.first_inside.get(), SIGKILL);
    }
    qemu.process.signal(SIGKILL);
    qemu.process.terminate(std::chrono::milliseconds(0));
  }

  [[nodiscard]] int pidfd() const noexcept {
    return qemu.first_inside.valid() ? qemu.first_inside.get() : qemu.process.pidfd();
  }

  /// Runs one step of the machine's life; what goes wrong is told with QEMU's own last words.
  template <typename Step>
  auto attempt(const char* what, Step step) {
    try {
      return step();
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::backend) {
        throw;
      }
      // It may be about to end, and its messages are complete only then. One that goes on has said what it had to say.
      const auto status = qemu.process.wait_for(std::chrono::milliseconds(500));
      throw Error(
          ErrorKind::backend,
          fmt::format("cannot {} the VM: {}{}", what, error.what(), status ? " (" + status->describe() + ")" : ""),
          last_words());
    }
  }

  [[nodiscard]] std::string last_words() const {
    const std::string words = qemu.last_words();
    return words.empty() ? std::string() : "QEMU said: " + words;
  }
};

QemuMachine::QemuMachine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
QemuMachine::QemuMachine(QemuMachine&&) noexcept = default;
QemuMachine& QemuMachine::operator=(QemuMachine&&) noexcept = default;
QemuMachine::~QemuMachine() = default;

QemuMachine QemuMachine::start(const VmSpec& spec, const MachineFiles& files) {
  LaunchedQemu launched = launch_qemu(spec, files, Clock::now() + kStartTime);
  auto impl = std::make_unique<Impl>(std::move(launched.qemu), spec.console_log, files.directory);
  try {
    impl->attempt("start", [&] {
      impl->qmp.emplace(std::move(launched.qmp_socket), impl->pidfd(), Clock::now() + kStartTime);
      check_walls(files.confinement, impl->pid, spec.network);
    });
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    // bubblewrap has a process before it may set up its namespaces: some refusals (AppArmor's) come that late.
    if (const std::string words = impl->qemu.last_words(); words.starts_with("bwrap: ")) {
      throw confinement_error(words);
    }
    throw;
  }
  return QemuMachine(std::move(impl));
}

void QemuMachine::restore(const std::filesystem::path& state_file) {
  impl_->attempt("restore", [&] {
    const Deadline deadline = Clock::now() + kTransferTime;
    const UniqueFd file = open_file(state_file, O_RDONLY);
    PipeEnds pipe = make_pipe();
    enable_capabilities(*impl_->qmp);
    // A machine that has moved tells its network where it is now. This one has not, and its network is ours.
    impl_->qmp->execute("migrate-set-parameters", {{"announce-rounds", 0}});
    impl_->qmp->send_fd(pipe.read.get(), "state");
    pipe.read.reset();
    impl_->qmp->execute("migrate-incoming", {{"uri", "fd:state"}});
    const Fed fed = feed_state(file.get(), std::move(pipe.write), deadline);
    wait_for_transfer(*impl_->qmp, fed == Fed::all ? deadline : Clock::now() + kLastWordsTime);
    impl_->qmp->execute("cont");
  });
}

void QemuMachine::freeze(const std::filesystem::path& state_file) {
  impl_->attempt("freeze", [&] {
    const Deadline deadline = Clock::now() + kTransferTime;
    const UniqueFd file = open_file(state_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    PipeEnds pipe = make_pipe();
    impl_->qmp->execute("stop");
    enable_capabilities(*impl_->qmp);
    impl_->qmp->send_fd(pipe.write.get(), "state");
    pipe.write.reset();
    impl_->qmp->execute("migrate", {{"uri", "fd:state"}});
    drain_state(std::move(pipe.read), file.get(), deadline);
    wait_for_transfer(*impl_->qmp, deadline);
  });
}

void QemuMachine::pause() {
  impl_->attempt("pause", [&] { impl_->qmp->execute("stop"); });
}

void QemuMachine::go_on() {
  impl_->attempt("resume", [&] { impl_->qmp->execute("cont"); });
}

std::vector<std::string> QemuMachine::what_blocks_saving() {
  return impl_->attempt("ask", [&] {
    std::vector<std::string> reasons;
    const json answer = impl_->qmp->execute("query-migrate");
    for (const auto& reason : answer.value("blocked-reasons", json::array())) {
      reasons.push_back(reason.is_string() ? escape_untrusted(reason.get<std::string>(), 300) : "?");
    }
    return reasons;
  });
}

void QemuMachine::save_devices(const std::filesystem::path& state_file) {
  impl_->attempt("save", [&] {
    // Made for Xen, and all that saves devices alone: "migrate" would take private RAM along. QEMU's room has no place but its directory.
    const std::filesystem::path aside = impl_->directory / "devices";
    impl_->qmp->execute("xen-save-devices-state", {{"filename", aside.filename().native()}, {"live", false}});
    keep_device_state(aside, state_file);
    std::filesystem::remove(aside);
  });
}

PrivatePages QemuMachine::private_memory(const std::filesystem::path& ram_file) {
  return impl_->attempt("save", [&] {
    const auto inside = impl_->qemu.first_inside.valid() ? only_child(impl_->pid) : std::optional(impl_->pid);
    if (!inside) {
      throw Error(ErrorKind::backend, "QEMU has ended");
    }
    return PrivatePages(*inside, ram_file);
  });
}

void QemuMachine::put_on_disk(const std::filesystem::path& overlay) {
  impl_->attempt("save", [&] {
    const std::string node = fmt::format("added{}", ++impl_->layers_added);
    impl_->qmp->execute("blockdev-add", {{"driver", "qcow2"},
                                         {"node-name", node},
                                         {"discard", "unmap"},
                                         {"backing", nullptr},
                                         {"file", {{"driver", "file"}, {"filename", overlay.filename().native()}, {"discard", "unmap"}}}});
    impl_->qmp->execute("blockdev-snapshot", {{"node", impl_->top_node}, {"overlay", node}});
    impl_->top_node = node;
  });
}

Port QemuMachine::ssh_port() {
  return impl_->attempt("reach", [&] {
    const json answer = impl_->qmp->execute("human-monitor-command", {{"command-line", "info usernet"}});
    const auto port = forwarded_port(answer.is_string() ? answer.get<std::string>() : "", Port(22));
    if (!port) {
      throw Error(ErrorKind::backend, "QEMU names no forwarded port for the guest's SSH server");
    }
    return *port;
  });
}

bool QemuMachine::power_off(Deadline deadline) {
  try {
    impl_->qmp->execute("system_powerdown", json::object(), deadline);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    if (running()) {  // no control connection any more, or no answer in time
      return false;
    }
  }
  return wait_until_ended(deadline);
}

bool QemuMachine::wait_until_ended(Deadline deadline) {
  if (!wait_readable(impl_->pidfd(), deadline)) {
    return false;
  }
  impl_->qemu.process.wait_for(seconds(1));  // bubblewrap, if any, ends after what is inside it
  impl_->kill();
  return true;
}

void QemuMachine::quit() noexcept {
  try {
    if (running()) {
      const Deadline deadline = Clock::now() + kQuitTime;
      impl_->qmp->execute("quit", json::object(), deadline);
      wait_until_ended(deadline);
    }
  } catch (const std::exception&) {  // it is killed instead
  }
  impl_->kill();
}

int QemuMachine::pidfd() const noexcept { return impl_->pidfd(); }

pid_t QemuMachine::pid() const noexcept { return impl_->pid; }

bool QemuMachine::running() noexcept { return !has_ended(impl_->pidfd()); }

std::optional<std::string> QemuMachine::ending() {
  try {
    return cause_of_shutdown(impl_->qmp->wait_event([](const json& one) { return one.at("event") == "SHUTDOWN"; }, Clock::now() + kLastWordsTime));
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {  // it ends without a word, or not at all
    if (!wait_readable(pidfd(), Clock::now() + kLastWordsTime)) {
      return std::nullopt;
    }
    const auto status = impl_->qemu.process.wait_for(kLastWordsTime);
    return status ? cause_of_end(*status, impl_->qemu) : "";
  }
}

std::string QemuMachine::diagnostics() const { return impl_->qemu.last_words(); }

std::string QemuMachine::console_tail() {
  if (impl_->console_log.empty()) {
    const json text = impl_->qmp->execute("ringbuf-read", {{"device", "console"}, {"size", kConsoleRing}});
    std::string& seen = impl_->console_seen;  // QEMU forgets what it has handed out
    seen += text.is_string() ? text.get<std::string>() : "";
    seen.erase(0, seen.size() - std::min(seen.size(), kConsoleTail));
    return escape_untrusted(seen, 4 * kConsoleTail);
  }
  // In a directory that QEMU can write to: a link or a pipe put in its place must not lead us elsewhere.
  const UniqueFd file = open_file(impl_->console_log, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  return escape_untrusted(tail_of(file.get(), kConsoleTail), 4 * kConsoleTail);
}

}  // namespace agentbox
