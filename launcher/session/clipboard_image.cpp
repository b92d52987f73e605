// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/clipboard_image.hpp"

#include "core/error.hpp"
#include "core/image_signature.hpp"
#include "core/text.hpp"
#include "sys/environment.hpp"
#include "sys/process.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace agentbox {
namespace {

using Words = std::vector<std::string>;

/// One desktop's way to its clipboard.
struct ClipboardProgram {
  const char* needs;  ///< a variable that tells of that desktop
  Words list;         ///< prints the kinds of what is on the clipboard, one a line
  Words read;         ///< with a kind behind it: prints that
};

const std::array<ClipboardProgram, 2>& clipboard_programs() {
  static const std::array<ClipboardProgram, 2> programs{
      {{"WAYLAND_DISPLAY", {"wl-paste", "--list-types"}, {"wl-paste", "--no-newline", "--type"}},
       {"DISPLAY", {"xclip", "-selection", "clipboard", "-out", "-target", "TARGETS"}, {"xclip", "-selection", "clipboard", "-out", "-target"}}}};
  return programs;
}

/// The program that has copied something hands it over itself, and may be busy, or hang.
constexpr std::chrono::seconds clipboard_patience{3};

/// What it prints, or nothing.
std::string output_of(const Words& command, ByteSize limit) {
  try {
    // Not in the project: nothing there is to have a say in what is run.
    Captured captured = run_and_capture({.argv = command, .working_directory = "/"}, clipboard_patience, limit);
    return captured.status.success() ? std::move(captured.output) : "";
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    return {};  // it is not installed, or does not answer
  }
}

/// The first that is offered, in order of what agents take best.
std::optional<std::string> kind_to_read(const std::string& offered) {
  const Words kinds = split(offered, '\n');
  for (const char* kind : {"image/png", "image/jpeg", "image/webp", "image/gif"}) {
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) {
      return kind;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<ClipboardImage> clipboard_image() {
  constexpr ByteSize longest_list(65536);
  for (const auto& program : clipboard_programs()) {
    if (!host_variable(program.needs)) {
      continue;
    }
    const auto kind = kind_to_read(output_of(program.list, longest_list));
    if (!kind) {
      continue;
    }
    Words read = program.read;
    read.push_back(*kind);
    std::string bytes = output_of(read, ByteSize(largest_image.bytes() + 1));
    const std::string extension(image_extension(bytes));
    if (!extension.empty() && bytes.size() <= largest_image.bytes()) {
      return ClipboardImage{.bytes = std::move(bytes), .extension = extension};
    }
  }
  return std::nullopt;
}

}  // namespace agentbox
