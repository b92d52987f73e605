// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/pidfd.hpp"
#include "sys/process.hpp"
#include "sys/signals.hpp"
#include "sys/terminal.hpp"
#include "sys/wait.hpp"

#include <poll.h>
#include <string.h>  // explicit_bzero
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>

// run_and_capture() and its kin: loops over pipes, the children's ends, and our signals.

namespace agentbox {

namespace {

constexpr std::chrono::milliseconds termination_grace{2000};
constexpr std::size_t longest_line = 65536;
constexpr ByteSize output_limit = ByteSize::mebibytes(4);

using Sink = std::function<void(std::string_view)>;

/// The read end of one of the child's streams. Non-blocking.
struct Stream {
  UniqueFd fd;
  Sink sink;
};

/// Hands on what is there now; closes the descriptor at the end of the stream.
void drain(Stream& stream) {
  std::array<char, 65536> buffer;
  while (stream.fd) {
    const ssize_t count = ::read(stream.fd.get(), buffer.data(), buffer.size());
    if (count > 0) {
      stream.sink({buffer.data(), static_cast<std::size_t>(count)});
      ::explicit_bzero(buffer.data(), static_cast<std::size_t>(count));  // for run_for_secret()
      return;  // one piece per round, so that a chatty stream does not starve the signals
    }
    if (count == 0) {
      stream.fd.reset();
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      throw system_error("cannot read what a program prints");
    }
  }
}

/// What the pipe holds when the child has ended. Not until the end of the stream: a daemon that the child left behind
/// may keep the pipe open for ever. Bounded by a pipe's largest size, should that daemon keep writing.
void drain_rest(Stream& stream) {
  for (int round = 0; round < 16 && stream.fd; ++round) {
    drain(stream);
  }
}

/// Reads the streams until the child has ended. False at the deadline.
bool pump(ChildProcess& child, std::vector<Stream>& streams, std::optional<Deadline> deadline) {
  const SignalFd signals = ending_signals();
  std::vector<pollfd> set;
  while (true) {
    throw_if_interrupted();
    set.assign({{child.pidfd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}});
    for (const auto& stream : streams) {
      set.push_back({stream.fd.get(), POLLIN, 0});  // poll(2) skips a negative number
    }
    const int ready = ::poll(set.data(), set.size(), poll_timeout(deadline));
    if (ready < 0 && errno != EINTR) {
      throw system_error("cannot wait for a program");
    }
    for (std::size_t i = 0; ready > 0 && i < streams.size(); ++i) {
      if (set[i + 2].revents != 0) {
        drain(streams[i]);
      }
    }
    if (ready > 0 && set[0].revents != 0) {
      std::for_each(streams.begin(), streams.end(), drain_rest);
      return true;
    }
    if (poll_timeout(deadline) == 0) {
      return false;
    }
  }
}

[[noreturn]] void throw_too_late(const ProcessSpec& spec, std::chrono::milliseconds timeout) {
  throw Error(ErrorKind::environment,
              escape_untrusted(spec.argv.front()) + " did not end within " + format_duration(timeout));
}

Stream make_stream(ProcessSpec& spec, std::vector<UniqueFd>& write_ends, std::initializer_list<int> theirs, Sink sink) {
  PipeEnds pipe = make_pipe();
  set_nonblocking(pipe.read.get());
  for (const int number : theirs) {
    spec.fds.push_back({pipe.write.get(), number});
  }
  write_ends.push_back(std::move(pipe.write));
  return {std::move(pipe.read), std::move(sink)};
}

/// One run whose output is kept. Stays where it is: its streams write into it.
class CapturedRun {
 public:
  CapturedRun(ProcessSpec spec, std::chrono::milliseconds timeout, ByteSize limit)
      : deadline_(Clock::now() + timeout),
        limit_(static_cast<std::size_t>(limit.bytes())),
        child_(start(std::move(spec))) {}
  CapturedRun(const CapturedRun&) = delete;
  CapturedRun& operator=(const CapturedRun&) = delete;

  ChildProcess& child() { return child_; }
  std::vector<Stream>& streams() { return streams_; }
  [[nodiscard]] Deadline deadline() const { return deadline_; }
  /// Of a child that has ended.
  Captured take() {
    captured_.status = child_.wait();
    return std::move(captured_);
  }

 private:
  ChildProcess start(ProcessSpec spec) {
    const auto collect_into = [this](std::string& text) {
      return [this, &text](std::string_view piece) { text += piece.substr(0, limit_ - text.size()); };
    };
    std::vector<UniqueFd> write_ends;
    streams_.push_back(make_stream(spec, write_ends, {STDOUT_FILENO}, collect_into(captured_.output)));
    streams_.push_back(make_stream(spec, write_ends, {STDERR_FILENO}, collect_into(captured_.error_output)));
    return ChildProcess::spawn(spec);
  }

  Deadline deadline_;
  std::size_t limit_;
  Captured captured_{ExitStatus::exited(0), {}, {}};
  std::vector<Stream> streams_;
  ChildProcess child_;
};

using CapturedRuns = std::vector<std::unique_ptr<CapturedRun>>;

/// Waits until something happens to one of the runs, reads what they print, and takes one that has ended out of them,
/// if any.
std::unique_ptr<CapturedRun> next_end(CapturedRuns& runs, const SignalFd& signals) {
  throw_if_interrupted();
  std::vector<pollfd> set{{signals.fd(), POLLIN, 0}};
  Deadline first = Deadline::max();
  for (const auto& run : runs) {
    set.push_back({run->child().pidfd(), POLLIN, 0});
    for (const Stream& stream : run->streams()) {
      set.push_back({stream.fd.get(), POLLIN, 0});
    }
    first = std::min(first, run->deadline());
  }
  if (::poll(set.data(), set.size(), poll_timeout(first)) < 0 && errno != EINTR) {
    throw system_error("cannot wait for programs");
  }
  for (const auto& run : runs) {  // whichever streams are meant: none of them blocks
    std::for_each(run->streams().begin(), run->streams().end(), drain);
  }
  const auto ended =
      std::find_if(runs.begin(), runs.end(), [](const auto& run) { return has_ended(run->child().pidfd()); });
  if (ended == runs.end()) {
    return nullptr;
  }
  std::unique_ptr<CapturedRun> run = std::move(*ended);
  runs.erase(ended);
  std::for_each(run->streams().begin(), run->streams().end(), drain_rest);
  return run;
}

/// Cuts a stream into lines; a line that is too long is handed on in pieces.
class LineCutter {
 public:
  explicit LineCutter(const Sink& on_line) : on_line_(on_line) {}
  void feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto newline = bytes.find('\n');
      const auto piece = bytes.substr(0, std::min({newline, bytes.size(), longest_line - line_.size()}));
      line_ += piece;
      bytes.remove_prefix(piece.size());
      const bool at_newline = !bytes.empty() && bytes.front() == '\n';
      if (at_newline) {
        bytes.remove_prefix(1);
      }
      if (at_newline || line_.size() == longest_line) {
        on_line_(line_);
        line_.clear();
      }
    }
  }
  void finish() {
    if (!line_.empty()) {
      on_line_(line_);
    }
  }

 private:
  const Sink& on_line_;
  std::string line_;
};

}  // namespace

Captured run_and_capture(const ProcessSpec& spec, std::chrono::milliseconds timeout, ByteSize limit) {
  CapturedRun run(spec, timeout, limit);
  if (!pump(run.child(), run.streams(), run.deadline())) {
    run.child().terminate(termination_grace);
    throw_too_late(spec, timeout);
  }
  return run.take();
}

void run_several(const ProcessSpec& spec, int count, int at_once, std::chrono::milliseconds timeout,
                 const std::function<Further(const Captured&)>& on_end) {
  const SignalFd signals({SIGINT, SIGTERM, SIGHUP});
  CapturedRuns runs;
  int to_start = count;
  try {
    while (to_start > 0 || !runs.empty()) {
      for (; to_start > 0 && runs.size() < static_cast<std::size_t>(at_once); --to_start) {
        runs.push_back(std::make_unique<CapturedRun>(spec, timeout, output_limit));
      }
      if (const auto ended = next_end(runs, signals); ended && on_end(ended->take()) == Further::none) {
        to_start = 0;
      }
      if (std::any_of(runs.begin(), runs.end(), [](const auto& run) { return run->deadline() <= Clock::now(); })) {
        throw_too_late(spec, timeout);
      }
    }
  } catch (...) {
    for (const auto& run : runs) {  // all at once; the destructors wait for each
      run->child().signal(SIGTERM);
    }
    throw;
  }
}

CapturedSecret run_for_secret(const ProcessSpec& spec, std::chrono::milliseconds timeout, ByteSize limit,
                              TerminalUse terminal) {
  WipedString output;
  output.text.reserve(limit.bytes());  // so that it never moves
  auto size = CapturedSecret::Size::within_limit;
  const Sink collect = [&](std::string_view piece) {
    if (piece.size() > limit.bytes() - output.text.size()) {
      size = CapturedSecret::Size::too_long;
    } else if (size == CapturedSecret::Size::within_limit) {
      output.text += piece;
    }
  };
  ProcessSpec piped = spec;
  std::vector<UniqueFd> write_ends;
  std::vector<Stream> streams;
  streams.push_back(make_stream(piped, write_ends, {STDOUT_FILENO}, collect));
  ChildProcess child = ChildProcess::spawn(piped);
  write_ends.clear();
  std::optional<Foreground> foreground;
  if (terminal == TerminalUse::lend) {
    foreground.emplace(child.pid());
  }
  if (!pump(child, streams, Clock::now() + timeout)) {
    child.terminate(termination_grace);
    throw_too_late(spec, timeout);
  }
  const bool whole = size == CapturedSecret::Size::within_limit;
  return {.status = child.wait(), .output = whole ? SecretText(output.text) : SecretText(), .size = size};
}

ExitStatus run_with_lines(const ProcessSpec& spec, const std::function<void(std::string_view)>& on_line, int stdin_fd,
                          int stdout_fd) {
  LineCutter lines(on_line);
  const Sink sink = [&](std::string_view piece) { lines.feed(piece); };
  ProcessSpec piped = spec;
  if (stdin_fd >= 0) {
    piped.fds.push_back({stdin_fd, STDIN_FILENO});
  }
  std::vector<UniqueFd> write_ends;
  std::vector<Stream> streams;
  if (stdout_fd >= 0) {
    piped.fds.push_back({stdout_fd, STDOUT_FILENO});
    streams.push_back(make_stream(piped, write_ends, {STDERR_FILENO}, sink));
  } else {
    streams.push_back(make_stream(piped, write_ends, {STDOUT_FILENO, STDERR_FILENO}, sink));
  }
  ChildProcess child = ChildProcess::spawn(piped);
  write_ends.clear();
  pump(child, streams, std::nullopt);
  lines.finish();
  return child.wait();
}

}  // namespace agentbox
