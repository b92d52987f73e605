// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/editor.hpp"

#include "cli/review/git_choice.hpp"
#include "core/error.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"
#include "sys/terminal.hpp"

#include <unistd.h>

#include <filesystem>

namespace agentbox {
namespace {

constexpr ByteSize longest_edited = ByteSize::mebibytes(32);
constexpr int go_fd = 3;

}  // namespace

std::string wanted_editor() {
  if (const auto editor = choice_of_environment("GIT_EDITOR")) {
    return *editor;
  }
  if (const auto editor = choice_of_git("core.editor")) {
    return *editor;
  }
  for (const char* name : {"VISUAL", "EDITOR"}) {
    const auto editor = choice_of_environment(name);
    if (editor && !editor->empty()) {
      return *editor;
    }
  }
  return find_program("sensible-editor").empty() ? "vi" : "sensible-editor";
}

std::optional<std::string> edit_text(const std::string& text) {
  const TempDir directory(std::filesystem::temp_directory_path(), "agentbox-edit");
  const std::filesystem::path file = directory.path() / "hunk.diff";
  write_file_atomically(file, text);
  PipeEnds go = make_pipe();
  // It waits until the terminal is its own: before that the kernel would stop it.
  ChildProcess editor = ChildProcess::spawn(
      {.argv = {"/bin/sh", "-c", "read -r go <&3; exec 3<&-; " + wanted_editor() + " \"$@\"", "editor", file.native()},
       .working_directory = directory.path(),
       .fds = {{STDIN_FILENO, STDIN_FILENO},
               {STDOUT_FILENO, STDOUT_FILENO},
               {STDERR_FILENO, STDERR_FILENO},
               {go.read.get(), go_fd}}});
  const ExitStatus status = [&] {
    const Foreground lent(editor.pid());
    write_all(go.write.get(), "\n");
    return editor.wait();
  }();
  return status.success() ? std::optional(read_file(file, longest_edited)) : std::nullopt;
}

}  // namespace agentbox
