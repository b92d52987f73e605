// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/pick_on_terminal.hpp"

#include <unistd.h>

#include <array>
#include <optional>

#include "cli/output.hpp"
#include "cli/review/editor.hpp"
#include "cli/review/pick_dialog.hpp"
#include "cli/review/show_diff.hpp"
#include "core/error.hpp"
#include "sys/terminal.hpp"
#include "sys/wait.hpp"

namespace agentbox {
namespace {

// The terminal is in line mode: one read is one line.
std::optional<std::string> read_answer() {
  wait_readable(STDIN_FILENO, std::nullopt);
  std::array<char, 256> line{};
  const ssize_t count = ::read(STDIN_FILENO, line.data(), line.size());
  return count > 0 ? std::optional(std::string(line.data(), static_cast<std::size_t>(count))) : std::nullopt;
}

}  // namespace

std::vector<PickedChange> pick_on_terminal(const ChangeSet& set, const std::vector<std::string>& paths, const BlobStore& blobs) {
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO)) {
    throw Error(ErrorKind::usage, "--patch asks on a terminal, and there is none",
                "name the paths instead: agentbox apply " + set.id + " PATH...; or: agentbox diff " + set.id + " --patch-out FILE");
  }
  PickDialog dialog(set, paths, blobs, wants_color(ColorChoice::automatic) ? Color::on : Color::off);
  while (const auto text = dialog.ask()) {
    print(*text);
    const auto line = read_answer();
    if (!line) {
      print("\n");
    }
    dialog.answer(line);
    if (dialog.to_edit()) {
      dialog.edited(edit_text(*dialog.to_edit()));
    }
  }
  return dialog.picked();
}

}  // namespace agentbox
