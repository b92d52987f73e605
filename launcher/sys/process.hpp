// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/exit_status.hpp"
#include "core/secret_text.hpp"
#include "core/units.hpp"
#include "sys/unique_fd.hpp"

namespace agentbox {

/// Hands a descriptor of ours to a child under a number of the child's.
struct InheritedFd {
  int ours;
  int theirs;
};

/// What a child and its children may use of something at most (setrlimit(2)); nobody in there can raise it again.
struct ResourceLimit {
  int resource;  ///< RLIMIT_...
  std::uint64_t most;
};

struct Walls;            // sys/walls.hpp
struct SupervisedNames;  // sys/name_calls.hpp

/// Everything about a program to run. argv is a vector, never a shell string; argv[0] is looked up in PATH when it
/// holds no slash. Standard streams not named in fds are /dev/null.
struct ProcessSpec {
  std::vector<std::string> argv;
  /// The whole environment of the child; by default ours, unchanged. Entries are "NAME=value".
  std::optional<std::vector<std::string>> environment = {};
  std::filesystem::path working_directory = {};  ///< empty: ours
  std::vector<InheritedFd> fds = {};
  std::vector<ResourceLimit> limits = {};  ///< where ours are lower they stay
  /// What the child shuts itself into right before it becomes the program; null: nothing. Looked at by spawn() only.
  const Walls* walls = nullptr;
  /// Who is asked before the child and its children use files by name; null: nobody. Looked at by spawn() only.
  const SupervisedNames* supervised = nullptr;
};

/// A running child in a process group of its own. Destroying it sends SIGTERM, waits a moment, then SIGKILL, and
/// reaps. Signals go through a pidfd, so never to a recycled pid. The kernel kills it when the thread that spawned it ends
/// (PR_SET_PDEATHSIG, with the getppid check).
class ChildProcess {
 public:
  /// Throws Error{environment} when the program cannot be started (an exec failure is reported here, by an error pipe).
  /// Signal mask and dispositions of the child are the defaults, whatever ours are.
  static ChildProcess spawn(const ProcessSpec& spec);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Readable when the child has ended; for poll(2).
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
  void signal(int signal_number) noexcept;
  /// Blocks until the end; safe to call again.
  ExitStatus wait();
  /// No value when it still runs after timeout.
  std::optional<ExitStatus> wait_for(std::chrono::milliseconds timeout);
  /// TERM, up to grace, KILL, reap. Safe to call again.
  void terminate(std::chrono::milliseconds grace) noexcept;

 private:
  ChildProcess(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  std::optional<ExitStatus> status_;
};

struct Captured {
  ExitStatus status;
  std::string output;        ///< standard output
  std::string error_output;  ///< standard error
};

/// Runs a program to its end with nothing on standard input and collects what it prints, at most limit bytes of each
/// stream (more is read and dropped). Ends it with TERM/KILL and throws Error{environment} after timeout.
/// Throws Interrupted when one of ending_signals() arrives meanwhile.
Captured run_and_capture(const ProcessSpec& spec, std::chrono::milliseconds timeout,
                         ByteSize limit = ByteSize::mebibytes(4));

/// Whether run_several() starts more.
enum class Further { runs, none };

/// run_and_capture() for count runs of one program, at most at_once of them at a time. on_end gets what each has given when it has
/// ended; once it says Further::none no more are started, and those under way go on to their ends. Throws what
/// run_and_capture() does; those that still run are then ended.
void run_several(const ProcessSpec& spec, int count, int at_once, std::chrono::milliseconds timeout,
                 const std::function<Further(const Captured&)>& on_end);

/// What a program whose output is a secret has done.
struct CapturedSecret {
  ExitStatus status;
  SecretText output;
  enum class Size { within_limit, too_long } size = Size::within_limit;  ///< too_long: output is empty
};

/// What a child may do with our controlling terminal, when there is one. lend: it may ask its user something there, as a
/// password manager does for a PIN (see Foreground). keep: should it read from the terminal, the kernel stops it.
enum class TerminalUse { keep, lend };

/// The same for a program that prints a secret: every buffer on the way is wiped. Its standard error goes where
/// spec.fds says, by default nowhere. Throws Interrupted, and Error{environment} after timeout; the message names the
/// program alone, none of its arguments and nothing that it printed.
CapturedSecret run_for_secret(const ProcessSpec& spec, std::chrono::milliseconds timeout, ByteSize limit,
                              TerminalUse terminal = TerminalUse::keep);

/// Runs a program to its end, handing each line of its standard output and standard error (together, in order of
/// arrival, without the newline) to on_line as it comes. For long work with progress. Throws Interrupted likewise.
ExitStatus run_with_lines(const ProcessSpec& spec, const std::function<void(std::string_view)>& on_line,
                          int stdin_fd = -1, int stdout_fd = -1);

/// Absolute path of a program found in PATH or in the system's sbin directories after it, or empty. Only absolute entries of PATH are looked at.
std::filesystem::path find_program(std::string_view name);

/// What /proc/PID/FILE holds, of 1 MiB at most. No value when there is no such process, any more either, or when it is not for us to read.
std::optional<std::string> read_of_process(pid_t pid, const char* file);

/// Start time of a process in clock ticks since boot (/proc/PID/stat field 22): with the pid it names a process for
/// good. No value when there is no such process.
std::optional<std::uint64_t> process_start_time(pid_t pid);

/// The processes of this name (proc_pid_comm(5)) among whose arguments stands text, of all whom we may look at. One that ends meanwhile
/// may be missing, or be named though it has ended.
std::vector<pid_t> processes_about(std::string_view name, std::string_view text);

}  // namespace agentbox
