// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "integration/vm/vm_support.hpp"
#include "support/catch.hpp"
#include "sys/pidfd.hpp"
#include "sys/unix_socket.hpp"
#include "sys/walls.hpp"
#include "vm/qemu/confinement.hpp"
#include "vm/qemu/launch.hpp"
#include "vm/qemu/qmp.hpp"
#include "vm/qemu/syscall_filter.hpp"

#include <fcntl.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <thread>

namespace agentbox::confined_qemu_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

// The real QEMU in the real room, and a probe in QEMU's place. The guest is the firmware alone: it finds no disk and
// waits.

namespace {

const char* const kNastyName = "we,ird=on \"'\\\n\xc3\xa9";

std::string real_qemu() {
  const char* chosen = std::getenv("AGENTBOX_TEST_QEMU");
  return chosen != nullptr ? chosen : need_program("qemu-system-x86_64");
}

void need_confinement() {
  if (const auto problem = confinement_problem()) {
    skip("no confinement here: " + *problem);
  }
}

/// QEMU's pid as the host sees it, below the namespace's first process.
pid_t qemu_in(const QemuMachine& machine) {
  const std::string pid = std::to_string(machine.pid());
  const std::string children = read_file("/proc/" + pid + "/task/" + pid + "/children");
  REQUIRE_FALSE(trim(children).empty());
  return std::stoi(children);
}

UniqueFd watch(pid_t pid) {
  const auto start = process_start_time(pid);
  REQUIRE(start);
  return open_process(pid, *start);
}

bool ends(int pidfd) { return wait_readable(pidfd, Clock::now() + std::chrono::seconds(20)); }

std::string status_line(pid_t pid, const std::string& name) {
  for (const auto& line : split(read_file("/proc/" + std::to_string(pid) + "/status"), '\n')) {
    if (line.starts_with(name + ":")) {
      return std::string(trim(line.substr(name.size() + 1)));
    }
  }
  return {};
}

pid_t parent_of(pid_t pid) { return std::stoi(status_line(pid, "PPid")); }

/// Runs this very test again as an ordinary user: user namespaces differ for root.
void again_as_nobody(const std::string& test_case) {
  if (::geteuid() != 0) {
    skip("this variant needs root to become another user");
  }
  const auto setpriv = need_program("setpriv");
  const Captured result = run_and_capture({.argv = {setpriv, "--reuid=65534", "--regid=65534", "--clear-groups",
                                                    fs::read_symlink("/proc/self/exe").native(), test_case},
                                           .environment = {},
                                           .working_directory = "/",
                                           .fds = {}},
                                          std::chrono::seconds(120));
  if (result.status == ExitStatus::exited(77)) {
    skip("as an ordinary user: " + result.error_output);
  }
  INFO(result.output + result.error_output);
  CHECK(result.status.success());
  CHECK(result.output.find("All tests passed") != std::string::npos);
}

/// Runs a shell script where QEMU would run; what it prints is what an escaped guest could find out.
Captured probe(const VmTest& test, const VmSpec& spec, const std::string& script) {
  ConfinedVm vm = confine(spec, test.files(Confinement::bubblewrap), inspect_host("/usr/bin/true"), {4, 5});
  vm.argv.insert(vm.argv.end(), {"/bin/sh", "-c", script});
  const UniqueFd info = open_file("/dev/null", O_WRONLY);
  PipeEnds filter = make_pipe();
  write_all(filter.write.get(), syscall_filter());
  filter.write.reset();
  return run_and_capture(
      {.argv = vm.argv, .environment = {}, .working_directory = {}, .fds = {{info.get(), 4}, {filter.read.get(), 5}}},
      std::chrono::seconds(60));
}

}  // namespace

TEST_CASE("real QEMU is confined and answers") {
  const auto qemu = real_qemu();
  need_confinement();
  const VmTest test;
  VmSpec spec = test.spec(qemu);
  spec.workspace.directory = test.path() / kNastyName;
  MachineFiles files = test.files(Confinement::bubblewrap);
  files.directory = test.path() / (kNastyName + std::string(".session"));
  fs::create_directories(spec.workspace.directory);
  fs::create_directories(files.directory);
  write_file_atomically(files.directory / "base,file=x.raw", std::string(1 << 20, '\0'));
  create_overlay(files.directory / "top,read-only=on.qcow2",
                 {files.directory / "base,file=x.raw", DiskLayer::Format::raw});
  spec.disk = {{files.directory / "top,read-only=on.qcow2"},
               {files.directory / "base,file=x.raw", DiskLayer::Format::raw}};
  spec.ram = SharedRamFile{test.path() / "ram,share=off"};

  QemuMachine machine = QemuMachine::start(spec, files);
  INFO(machine.diagnostics());
  CHECK(machine.ssh_port().number() > 0);
  CHECK(fs::file_size(test.path() / "ram,share=off") == spec.shape.memory.bytes());

  const pid_t inside = qemu_in(machine);
  CHECK(status_line(inside, "Name") == fs::path(qemu).filename().native().substr(0, 15));
  CHECK(status_line(inside, "NoNewPrivs") == "1");
  CHECK(status_line(inside, "Seccomp") == "2");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    CHECK(status_line(inside, set) == "0000000000000000");
  }
  for (const char* space : {"user", "pid", "mnt", "ipc", "uts"}) {
    INFO(space);
    CHECK(fs::read_symlink("/proc/" + std::to_string(inside) + "/ns/" + space) !=
          fs::read_symlink(std::string("/proc/self/ns/") + space));
  }
  CHECK(split(read_file("/proc/" + std::to_string(inside) + "/environ"), '\0').front() == "PATH=/usr/bin:/bin");
  const std::string limits = read_file("/proc/" + std::to_string(inside) + "/limits");
  INFO(limits);
  for (const char* name : {"Max locked memory ", "Max realtime priority ", "Max nice priority ", "Max msgqueue size "}) {
    const auto line = limits.substr(limits.find(name));
    CHECK(trim(line.substr(26, 42)).find_first_not_of("0 ") == std::string::npos);
  }

  const UniqueFd process = watch(inside);
  machine.quit();
  CHECK(has_ended(process.get()));
}

namespace {

/// Has QEMU hand its machine's state to a shell, as whoever has its monitor can. True when the shell has run.
bool starts_a_program(QmpClient& qmp, int pidfd, const fs::path& trace, const fs::path& seen_inside) {
  try {
    qmp.execute("migrate", {{"uri", "exec:echo x > '" + seen_inside.native() + "'; cat > /dev/null"}});
    for (int i = 0; i < 200 && !fs::exists(trace) && !has_ended(pidfd); ++i) {  // nothing tells that no program was started
      if (qmp.execute("query-migrate").value("status", "") == "failed") {
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  } catch (const Error&) {  // refused, or the end of QEMU
  }
  return fs::exists(trace);
}

}  // namespace

// A guest that has taken QEMU over would like to have a shell in there, or anything else that /usr holds.
TEST_CASE("real QEMU can start no program, whichever room it is in") {
  const auto qemu = real_qemu();
  const Confinement kind = GENERATE(Confinement::bubblewrap, Confinement::landlock);
  if (const auto problem = kind == Confinement::bubblewrap ? confinement_problem() : landlock_problem()) {
    skip(*problem);
  }
  const VmTest test;
  const fs::path trace = test.session() / "trace";
  LaunchedQemu launched = launch_qemu(test.spec(qemu), test.files(kind), Clock::now() + std::chrono::seconds(60));
  const bool inside = launched.qemu.first_inside.valid();
  const int pidfd = inside ? launched.qemu.first_inside.get() : launched.qemu.process.pidfd();
  QmpClient qmp(std::move(launched.qmp_socket), pidfd, Clock::now() + std::chrono::seconds(60));
  CHECK(qmp.execute("query-status").value("status", "") == "running");
  CHECK_FALSE(starts_a_program(qmp, pidfd, trace, inside ? "/session/trace" : trace));
}

TEST_CASE("real QEMU without its sandbox starts a program, so that the test of the rooms means something") {
  const auto qemu = real_qemu();
  const VmTest test;
  const UniqueFd listener = listen_unix(test.path() / "qmp");
  UniqueFd connection = connect_unix(test.path() / "qmp");
  const ChildProcess process = ChildProcess::spawn(
      {.argv = {qemu, "-machine", "none", "-nodefaults", "-no-user-config", "-display", "none", "-chardev",
                "socket,id=qmp,fd=3,server=on,wait=off", "-mon", "chardev=qmp,mode=control"},
       .fds = {{listener.get(), 3}}});
  QmpClient qmp(std::move(connection), process.pidfd(), Clock::now() + std::chrono::seconds(60));
  const fs::path trace = test.session() / "trace";
  CHECK(starts_a_program(qmp, process.pidfd(), trace, trace));
}

TEST_CASE("real QEMU is confined and answers, for an ordinary user") {
  again_as_nobody("real QEMU is confined and answers");
}

TEST_CASE("real QEMU runs unconfined when told so, in directories of any name") {
  const auto qemu = real_qemu();
  const VmTest test;
  VmSpec spec = test.spec(qemu);
  spec.workspace.directory = test.path() / kNastyName;
  MachineFiles files = test.files(Confinement::none);
  files.directory = test.path() / (kNastyName + std::string(".session"));
  fs::create_directories(spec.workspace.directory);
  fs::create_directories(files.directory);
  spec.console_log = files.directory / "console.log";
  QemuMachine machine = QemuMachine::start(spec, files);
  INFO(machine.diagnostics());
  CHECK(machine.ssh_port().number() > 0);
  CHECK(fs::exists(spec.console_log));
}

// A bubblewrap of the host's that is old, patched or a wrapper may do less than its options say, and nobody looked.
TEST_CASE("a QEMU around which a wall is missing does not run") {
  const std::string setpriv = need_program("setpriv");
  const VmTest test;
  const fs::path bin = test.path() / "bin";
  fs::create_directory(bin);
  // Takes all of bubblewrap's options, and does nothing but to run QEMU as its only child.
  write_file_atomically(bin / "bwrap",
                        "#!/bin/sh\ncd " + shell_quote(test.session().native()) +
                            "\necho '{\"child-pid\": '$$'}' >&4\nwhile [ \"$1\" != -- ]; do shift; done\nshift\n" + setpriv +
                            " --pdeathsig KILL \"$@\" &\nwait\n",
                        0700);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (bin.native() + ":" + path).c_str(), 1);
  VmSpec spec = test.spec(test.fake_qemu("behave"));
  spec.network = UserNetwork{NetworkMode::offline};
  std::string message;
  try {
    QemuMachine::start(spec, test.files(Confinement::bubblewrap));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::environment);
    message = error.what();
  }
  ::setenv("PATH", path.c_str(), 1);
  CHECK(message.find("not locked in as it should be") != std::string::npos);
  for (const char* wall : {"no_new_privs", "seccomp", "user namespace", "mnt namespace", "pid namespace"}) {
    INFO(wall);
    CHECK(message.find(wall) != std::string::npos);
  }
}

TEST_CASE("nothing of a confined VM outlives its object or its outer process") {
  const auto qemu = real_qemu();
  need_confinement();
  const VmTest test;
  SECTION("the object goes") {
    UniqueFd process;
    {
      const QemuMachine machine = QemuMachine::start(test.spec(qemu), test.files(Confinement::bubblewrap));
      process = watch(qemu_in(machine));
    }
    CHECK(ends(process.get()));
  }
  SECTION("somebody kills bubblewrap") {
    QemuMachine machine = QemuMachine::start(test.spec(qemu), test.files(Confinement::bubblewrap));
    const UniqueFd process = watch(qemu_in(machine));
    send_signal(watch(parent_of(machine.pid())).get(), SIGKILL);
    CHECK(ends(process.get()));
    CHECK(ends(machine.pidfd()));
  }
  SECTION("somebody kills QEMU") {
    QemuMachine machine = QemuMachine::start(test.spec(qemu), test.files(Confinement::bubblewrap));
    send_signal(watch(qemu_in(machine)).get(), SIGKILL);
    CHECK(machine.wait_until_ended(Clock::now() + std::chrono::seconds(20)));
    CHECK_FALSE(machine.running());
  }
}

// The attack that the room is for: QEMU taken over by its guest. A probe runs in its place and looks around.
TEST_CASE("what runs in QEMU's place sees its own files and nothing else") {
  need_confinement();
  const VmTest test;
  write_file_atomically(test.path() / "secret", "the user's key");
  write_file_atomically(test.path() / "base.qcow2", "base");
  write_file_atomically(test.path() / "ram", "ram");
  fs::create_symlink(test.path() / "secret", test.workspace() / "link");
  VmSpec spec = test.spec("/usr/bin/qemu-system-x86_64");
  spec.qemu_version = "10.0.2";
  spec.ram = PrivateRamFile{test.path() / "ram"};
  spec.disk = {{test.session() / "disk.qcow2"}, {test.path() / "base.qcow2"}};

  SECTION("the root holds only what was put there") {
    const auto result = probe(test, spec, "ls -A / /etc");
    INFO(result.error_output);
    const auto seen = split(trim(result.output), '\n');
    const std::vector<std::string> allowed = {
        "/:",   "bin", "sbin", "directories", "lib", "lib32", "lib64",     "libx32", "dev",   "disk",        "etc",
        "proc", "ram", "session", "tmp", "usr",   "workspace", "",       "/etc:", "ld.so.cache", "resolv.conf"};
    for (const auto& name : seen) {
      INFO(name);
      CHECK(std::ranges::find(allowed, name) != allowed.end());
    }
    CHECK(std::ranges::find(seen, "workspace") != seen.end());
  }
  SECTION("the user's files are not there, by name, by link or through /proc") {
    const auto result = probe(test, spec,
                              "cat " + shell_quote((test.path() / "secret").native()) +
                                  " /workspace/link /etc/passwd /proc/1/root/etc/passwd; ls /home /root; echo looked");
    CHECK(result.output.find("key") == std::string::npos);
    CHECK(result.output.find("root:") == std::string::npos);
    CHECK(result.output.find("looked") != std::string::npos);
  }
  SECTION("what is shared with other VMs or with the system cannot be written") {
    const auto result = probe(
        test, spec,
        "for f in /usr/x /x /etc/x /ram /disk/1 /dev/kvm; do (echo evil >> $f) 2>/dev/null && echo wrote $f; done; "
        "mount -o remount,rw /disk/1 2>/dev/null && echo remounted; echo tried");
    INFO(result.output);
    CHECK(result.output.find("wrote") == std::string::npos);
    CHECK(result.output.find("remounted") == std::string::npos);
    CHECK(result.output.find("tried") != std::string::npos);
    CHECK(read_file(test.path() / "base.qcow2") == "base");
    CHECK(read_file(test.path() / "ram") == "ram");
  }
  SECTION("its own files can be, and what it makes is the user's") {
    const auto result =
        probe(test, spec, "echo mine > made; echo work > /workspace/made; id -u; stat -c %u /workspace/made");
    CHECK(result.output.find("1000\n1000\n") != std::string::npos);
    CHECK(read_file(test.session() / "made") == "mine\n");
    CHECK(read_file(test.workspace() / "made") == "work\n");
    CHECK(fs::remove(test.workspace() / "made"));
  }
  SECTION("a read-only project stays as it is") {
    spec.workspace.access = WorkspaceExport::Access::read_only;
    write_file_atomically(test.workspace() / "file", "work");
    const auto result = probe(
        test, spec, "cat /workspace/file; (echo evil > /workspace/file) 2>/dev/null; rm -f /workspace/file; true");
    CHECK(result.output.find("work") != std::string::npos);
    CHECK(read_file(test.workspace() / "file") == "work");
  }
  // The attack: a root shell for whoever runs a program that the guest left in the project.
  SECTION("no set-uid program can be made in the project, by whatever call") {
    need_program("python3");
    const auto result =
        probe(test, spec,
              "python3 - <<'END'\n"
              "import ctypes, os\n"
              "libc = ctypes.CDLL(None, use_errno=True)\n"
              "os.chdir('/workspace'); os.umask(0)\n"
              "fd = os.open('f', os.O_CREAT | os.O_WRONLY, 0o755); os.mkdir('d')\n"
              "attempts = {\n"
              "  'chmod': lambda: libc.chmod(b'f', 0o4755), 'fchmod': lambda: libc.fchmod(fd, 0o4755),\n"
              "  'fchmodat': lambda: libc.fchmodat(-100, b'f', 0o4755, 0),\n"
              "  'fchmodat2': lambda: libc.syscall(452, -100, b'f', 0o4755, 0),\n"
              "  'open': lambda: libc.syscall(2, b'o', os.O_CREAT, 0o4755),\n"
              "  'openat': lambda: libc.syscall(257, -100, b'a', os.O_CREAT, 0o4755),\n"
              "  'tmpfile': lambda: libc.syscall(257, -100, b'.', os.O_TMPFILE | os.O_RDWR, 0o4755),\n"
              "  'creat': lambda: libc.syscall(85, b'c', 0o4755),\n"
              "  'openat2': lambda: libc.syscall(437, -100, b'x', (ctypes.c_uint64 * 3)(os.O_CREAT, 0o4755, 0), 24),\n"
              "  'mknod': lambda: libc.syscall(133, b'm', 0o104755, 0),\n"
              "  'mknodat': lambda: libc.syscall(259, -100, b'n', 0o104755, 0),\n"
              "  'io_uring': lambda: libc.syscall(425, 1, ctypes.create_string_buffer(512)),\n"
              "}\n"
              "for name, attempt in attempts.items():\n"
              "  if attempt() >= 0: print('succeeded', name)\n"
              "os.chmod('f', 0o700); os.chmod('d', 0o2775); open('plain', 'w').write('x')\n"
              "print('done')\n"
              "END\n");
    INFO(result.output + result.error_output);
    CHECK(result.output.find("succeeded") == std::string::npos);
    CHECK(result.output.find("done") != std::string::npos);  // what is allowed still works
    for (const auto& entry : fs::directory_iterator(test.workspace())) {
      INFO(entry.path());
      CHECK((fs::symlink_status(entry).permissions() & fs::perms::set_uid) == fs::perms::none);
    }
  }
  SECTION("no other process is there, no variable of ours, no descriptor") {
    ::setenv("AGENTBOX_TEST_SECRET", "the user's key", 1);
    const auto result = probe(test, spec, "env; ls /proc | grep -c '^[0-9]'; ls /proc/self/fd | tr '\\n' ' '");
    ::unsetenv("AGENTBOX_TEST_SECRET");
    CHECK(result.output.find("key") == std::string::npos);
    INFO(result.output);
    CHECK(result.output.find("0 1 2 3 ") != std::string::npos);  // 3 is ls's own
  }
}

TEST_CASE("what runs in QEMU's place sees nothing else, for an ordinary user") {
  again_as_nobody("what runs in QEMU's place sees its own files and nothing else");
}

// What doctor says: bubblewrap's own word was taken for it.
TEST_CASE("a bubblewrap that makes no room is found out by what /proc says") {
  const VmTest test;
  const fs::path bin = test.path() / "bin";
  fs::create_directory(bin);
  write_file_atomically(bin / "bwrap",
                        "#!/bin/sh\necho '{\"child-pid\": '$$'}' >&4\nwhile [ \"$1\" != -- ]; do shift; done\nshift\n\"$@\"\n", 0700);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (bin.native() + ":" + path).c_str(), 1);
  const std::string problem = confinement_problem().value_or("none");
  ::setenv("PATH", path.c_str(), 1);
  INFO(problem);
  for (const char* wall : {"no_new_privs", "seccomp", "user namespace", "mnt namespace", "net namespace"}) {
    INFO(wall);
    CHECK(problem.find(wall) != std::string::npos);
  }
}

TEST_CASE("a room that cannot be set up is an error that names the way out") {
  const VmTest test;
  const auto bin = test.path() / "bin";
  fs::create_directories(bin);
  const std::string path = std::getenv("PATH");
  SECTION("bubblewrap is missing") {}
  SECTION("user namespaces are refused") {
    write_file_atomically(bin / "bwrap",
                          "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n", 0700);
  }
  SECTION("user namespaces are refused late, as by AppArmor") {
    write_file_atomically(bin / "bwrap",
                          "#!/bin/sh\necho '{\"child-pid\": '$$'}' >&4\n"
                          "echo 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n",
                          0700);
  }
  ::setenv("PATH", bin.c_str(), 1);
  const auto problem = confinement_problem();
  try {
    QemuMachine::start(test.spec("/usr/bin/qemu-system-x86_64"), test.files(Confinement::bubblewrap));
    FAIL("started");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::environment);
    CHECK(std::string(error.what()).find("bwrap") != std::string::npos);
    CHECK(error.hint().find("--unconfined") != std::string::npos);
  }
  ::setenv("PATH", path.c_str(), 1);
  CHECK(problem);
}

}  // namespace agentbox::confined_qemu_test
