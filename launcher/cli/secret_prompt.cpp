// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/secret_prompt.hpp"

#include "cli/output.hpp"
#include "core/error.hpp"
#include "sys/terminal.hpp"
#include "sys/wait.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace agentbox {

namespace {

constexpr std::size_t limit = 64UL * 1024;

void append(std::string& value, char byte) {
  if (value.size() == limit) {
    throw Error(ErrorKind::usage, "the value is longer than 64 KiB, which no key is");
  }
  value += byte;
}

/// What a terminal in raw mode sends for keys.
constexpr char ctrl_c = '\x03';
constexpr char ctrl_d = '\x04';
constexpr char ctrl_u = '\x15';
constexpr char ctrl_h = '\b';
constexpr char backspace = '\x7f';

enum class Entry { goes_on, complete };

Entry edit(std::string& value, char key) {
  switch (key) {
    case '\r':
    case '\n':
    case ctrl_d:
      return Entry::complete;
    case ctrl_c:
      throw Interrupted(SIGINT);
    case ctrl_u:
      value.clear();
      break;
    case ctrl_h:
    case backspace:
      if (!value.empty()) {
        value.pop_back();
      }
      break;
    default:
      append(value, key);
  }
  return Entry::goes_on;
}

/// One read; an empty result means the end. Signals are blocked, so a plain read(2) could not be interrupted.
std::string read_some(int input) {
  std::array<char, 4096> buffer;
  while (true) {
    wait_readable(input, {});
    const ssize_t count = ::read(input, buffer.data(), buffer.size());
    if (count >= 0) {
      return {buffer.data(), static_cast<std::size_t>(count)};
    }
    if (errno != EINTR && errno != EAGAIN) {
      throw system_error("cannot read the value");
    }
  }
}

std::string ask(int terminal, const std::string& prompt) {
  // Raw mode rather than ECHO off: a line that is edited by the kernel is at most 4095 bytes long.
  RawMode raw(terminal);
  print_error_output(prompt);
  struct EndLine {
    ~EndLine() { print_error_output("\r\n"); }
  } end_line;
  std::string value;
  while (true) {
    const std::string keys = read_some(terminal);
    if (keys.empty()) {
      return value;
    }
    for (const char key : keys) {
      if (edit(value, key) == Entry::complete) {
        return value;
      }
    }
  }
}

}  // namespace

std::string read_secret(int input, const std::string& prompt) {
  if (is_terminal(input)) {
    return ask(input, prompt);
  }
  std::string value;
  for (std::string part = read_some(input); !part.empty(); part = read_some(input)) {
    for (const char byte : part) {
      append(value, byte);
    }
  }
  if (value.ends_with('\n')) {
    value.pop_back();
  }
  if (value.ends_with('\r')) {
    value.pop_back();
  }
  return value;
}

}  // namespace agentbox
