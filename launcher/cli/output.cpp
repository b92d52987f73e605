// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include "core/error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace agentbox {

namespace {

/// 0, or the error number. Waits where the descriptor is non-blocking (another program on the same terminal or pipe may
/// have made it so).
int write_through(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

/// The lead byte of a UTF-8 character says how wide it can be: three bytes and more hold all characters of East Asia
/// and all pictures, next to many narrow ones.
std::size_t width_of_lead(unsigned char byte) { return byte >= 0xE1U ? 2 : 1; }
bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

}  // namespace

void open_missing_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) {
      continue;
    }
    // The lowest free number is this one. Children are to have it, too, so no O_CLOEXEC. Readable and writable: our
    // caller wanted nothing read and nothing kept.
    if (::open("/dev/null", O_RDWR) != fd) {  // NOLINT(android-cloexec-open)
      throw system_error("cannot open /dev/null in place of a closed standard descriptor");
    }
  }
}

void print(std::string_view text) {
  const int error = write_through(STDOUT_FILENO, text);
  if (error == EPIPE) {
    throw Interrupted(SIGPIPE);
  }
  if (error != 0) {
    throw system_error(error, "cannot write to standard output");
  }
}

void print_error_output(std::string_view text) noexcept { static_cast<void>(write_through(STDERR_FILENO, text)); }

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - display_width(row[i]) + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const char byte : text) {
    width += is_continuation(byte) ? 0 : width_of_lead(static_cast<unsigned char>(byte));
  }
  return width;
}

std::string fit_to_width(std::string_view text, std::size_t columns) {
  constexpr std::string_view ellipsis = "\u2026";
  if (display_width(text) <= columns) {
    return std::string(text);
  }
  std::size_t width = display_width(ellipsis);
  if (columns < width) {
    return {};
  }
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t next = i + 1;
    while (next < text.size() && is_continuation(text[next])) {
      ++next;
    }
    width += width_of_lead(static_cast<unsigned char>(text[i]));
    if (width > columns) {
      break;
    }
    end = i = next;
  }
  return std::string(text.substr(0, end)).append(ellipsis);
}

}  // namespace agentbox
