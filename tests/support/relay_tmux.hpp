// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text.hpp"
#include "support/sshd_fixture.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"
#include "sys/terminal.hpp"
#include "sys/wait.hpp"

#include <poll.h>

#include <filesystem>
#include <string>
#include <vector>

namespace agentbox::test {

/// A tmux server of its own: terminals with a real screen, which can be looked at.
class Tmux {
 public:
  Tmux() : directory_(std::filesystem::temp_directory_path(), "tmux") {
    if (find_program("tmux").empty()) {
      skip("there is no tmux");
    }
    ::setenv("TMUX_TMPDIR", directory_.path().c_str(), 1);
    ::unsetenv("TMUX");
    ::setenv("LC_ALL", "C.UTF-8", 1);
  }
  ~Tmux() {
    try {
      call({"kill-server"});
    } catch (const Error&) {  // none was started
    }
  }
  Tmux(const Tmux&) = delete;
  Tmux& operator=(const Tmux&) = delete;

  /// A terminal (a tmux session called name) that runs argv, then says "ended" with its exit code and stays as it is.
  void open(const std::string& name, TerminalSize size, const std::vector<std::string>& argv) const {
    std::vector<std::string> words{
        "new-session", "-d", "-s", name, "-x", std::to_string(size.columns), "-y", std::to_string(size.rows)};
    words.insert(words.end(), {"sh", "-c", shell_join(argv) + "; code=$?; echo; echo ended $code; exec sleep 1000"});
    call(words);
    call({"set-option", "-t", name, "status", "off"});
    resize(name, size);  // without the status line
  }
  void resize(const std::string& name, TerminalSize size) const {
    call({"resize-window", "-t", name, "-x", std::to_string(size.columns), "-y", std::to_string(size.rows)});
  }
  void type(const std::string& name, const std::vector<std::string>& keys) const {
    std::vector<std::string> words{"send-keys", "-t", name};
    words.insert(words.end(), keys.begin(), keys.end());
    call(words);
  }
  /// What stands on the screen, with its colours; where the cursor is; which modes are on.
  [[nodiscard]] std::string screen(const std::string& name) const {
    // One request for both: they must belong to the same moment.
    return call({"capture-pane", "-p", "-e", "-t", name, ";", "display-message", "-p", "-t", name,
                 "cursor #{cursor_x},#{cursor_y} visible #{cursor_flag} alternate #{alternate_on} mouse "
                 "#{mouse_any_flag} keypad #{keypad_cursor_flag}#{keypad_flag} insert #{insert_flag}"});
  }
  /// Looks until text stands on the screen; tmux has no event for that. Returns the screen then, or after a minute.
  [[nodiscard]] std::string screen_with(const std::string& name, const std::string& text) const {
    const Deadline deadline = Clock::now() + std::chrono::seconds(60);
    std::string now = screen(name);
    while (now.find(text) == std::string::npos && Clock::now() < deadline) {
      ::poll(nullptr, 0, 50);
      now = screen(name);
    }
    return now;
  }
  /// The same for what two terminals show: "" when they come to be alike, else both.
  [[nodiscard]] std::string difference(const std::string& one, const std::string& other) const {
    const Deadline deadline = Clock::now() + std::chrono::seconds(20);
    while (screen(one) != screen(other)) {
      if (Clock::now() >= deadline) {
        return screen(one) + "\n----\n" + screen(other);
      }
      ::poll(nullptr, 0, 50);
    }
    return "";
  }

 private:
  static std::string call(const std::vector<std::string>& words) {
    std::vector<std::string> argv{"tmux", "-L", "agentbox", "-f", "/dev/null"};
    argv.insert(argv.end(), words.begin(), words.end());
    const Captured result = run_and_capture({.argv = argv}, std::chrono::seconds(30));
    if (!result.status.success()) {
      throw Error(ErrorKind::environment, "tmux: " + result.error_output);
    }
    return result.output;
  }

  TempDir directory_;
};

}  // namespace agentbox::test
