// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/aliases/startup_file.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

#include <sys/stat.h>

#include <cstdlib>

namespace agentbox {

namespace {

namespace fs = std::filesystem;

fs::path directory_in(const char* variable, const fs::path& otherwise) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value == '/' ? fs::path(value) : otherwise;
}

/// Where links lead, also for a file that does not exist yet.
fs::path real_file(const fs::path& file) {
  std::error_code dangling;
  const fs::path real = fs::canonical(file, dangling);
  if (!dangling) {
    return real;
  }
  if (fs::is_symlink(fs::symlink_status(file, dangling))) {
    throw Error(ErrorKind::environment, escape_untrusted(file.native()) + " is a link that leads nowhere",
                "Make the file that it names, or remove it.");
  }
  return file;
}

}  // namespace

Shell login_shell() {
  const char* shell = std::getenv("SHELL");
  const std::string name = shell == nullptr ? "" : fs::path(shell).filename().string();
  if (name == "bash") return Shell::bash;
  if (name == "zsh") return Shell::zsh;
  if (name == "fish") return Shell::fish;
  throw Error(ErrorKind::usage,
              name.empty() ? "SHELL does not say which shell you use"
                           : "your shell is \"" + escape_untrusted(name, 80) + "\", which agentbox does not know",
              "Say for which one: --shell bash, zsh or fish. Or put what agentbox alias prints into its startup file.");
}

fs::path startup_file(Shell shell) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') {
    throw Error(ErrorKind::environment, "HOME names no directory, so there is no startup file", "Set HOME.");
  }
  switch (shell) {
    case Shell::bash:
      return fs::path(home) / ".bashrc";
    case Shell::zsh:
      return directory_in("ZDOTDIR", home) / ".zshrc";
    case Shell::fish:
      break;
  }
  return directory_in("XDG_CONFIG_HOME", fs::path(home) / ".config") / "fish/config.fish";
}

std::string read_startup_file(const fs::path& file) {
  const auto text = read_file_if_exists(file);
  if (text && text->find('\0') != std::string::npos) {
    throw Error(ErrorKind::environment, escape_untrusted(file.native()) + " is no text", "Look at it first.");
  }
  return text.value_or("");
}

void write_startup_file(const fs::path& file, const std::string& text) {
  constexpr unsigned usual_mode = 0644;
  const fs::path real = real_file(file);
  make_directories(real.parent_path(), 0755);
  struct stat status {};
  const bool exists = ::stat(real.c_str(), &status) == 0;
  write_file_atomically(real, text, exists ? status.st_mode & 0777U : usual_mode);
}

void remove_startup_file(const fs::path& file) {
  if (fs::is_symlink(fs::symlink_status(file))) {
    write_startup_file(file, "");
    return;
  }
  std::error_code failed;
  if (!fs::remove(file, failed) && failed) {
    throw system_error(failed.value(), "cannot remove " + escape_untrusted(file.native()));
  }
}

}  // namespace agentbox
