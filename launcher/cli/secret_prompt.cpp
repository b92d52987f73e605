// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/secret_prompt.hpp"

#include "cli/output.hpp"
#include "core/error.hpp"
#include "sys/terminal.hpp"
#include "sys/wait.hpp"

#include <string.h>  // explicit_bzero
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

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

/// Keys as they come from input. Wiped.
struct Keys {
  std::array<char, 4096> bytes{};
  std::size_t count = 0;  ///< 0: the end
  ~Keys() { ::explicit_bzero(bytes.data(), bytes.size()); }
  [[nodiscard]] std::string_view view() const { return {bytes.data(), count}; }
};

/// One read. Signals are blocked, so a plain read(2) could not be interrupted.
void read_some(int input, Keys& keys) {
  while (true) {
    wait_readable(input, {});
    const ssize_t count = ::read(input, keys.bytes.data(), keys.bytes.size());
    if (count >= 0) {
      keys.count = static_cast<std::size_t>(count);
      return;
    }
    if (errno != EINTR && errno != EAGAIN) {
      throw system_error("cannot read the value");
    }
  }
}

void ask(int terminal, const std::string& prompt, std::string& value) {
  // Raw mode rather than ECHO off: a line that is edited by the kernel is at most 4095 bytes long.
  RawMode raw(terminal);
  print_error_output(prompt);
  struct EndLine {
    ~EndLine() { print_error_output("\r\n"); }
  } end_line;
  Keys keys;
  for (read_some(terminal, keys); keys.count > 0; read_some(terminal, keys)) {
    for (const char key : keys.view()) {
      if (edit(value, key) == Entry::complete) {
        return;
      }
    }
  }
}

}  // namespace

SecretText ask_for_secret(int input, const std::string& prompt) {
  WipedString value;
  value.text.reserve(limit);  // so that it never moves
  if (is_terminal(input)) {
    ask(input, prompt, value.text);
    return SecretText(value.text);
  }
  Keys keys;
  for (read_some(input, keys); keys.count > 0; read_some(input, keys)) {
    for (const char byte : keys.view()) {
      append(value.text, byte);
    }
  }
  for (const char end : {'\n', '\r'}) {
    if (value.text.ends_with(end)) {
      value.text.pop_back();
    }
  }
  return SecretText(value.text);
}

}  // namespace agentbox
