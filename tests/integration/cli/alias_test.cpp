// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "integration/cli/program.hpp"
#include "support/catch.hpp"

#include <sys/stat.h>

namespace agentbox::alias_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

namespace {

/// Each shell with a home of its own that is the test's.
Captured in_home(const Program& program, const std::string& shell, const std::string& words) {
  return program.run_script("HOME=$AGENTBOX_HOME; export HOME; unset ZDOTDIR XDG_CONFIG_HOME; SHELL=/bin/" + shell +
                            " \"$agentbox\" " + words);
}

}  // namespace

TEST_CASE("alias --install writes a block into the startup file of each shell, and --uninstall takes it out") {
  for (const auto& [shell, file] : std::vector<std::pair<std::string, std::string>>{
           {"bash", ".bashrc"}, {"zsh", ".zshrc"}, {"fish", ".config/fish/config.fish"}}) {
    INFO(shell);
    const Program program;
    const Captured first = in_home(program, shell, "alias --install claude");
    CHECK(first.status == ExitStatus::exited(0));
    CHECK(first.output.find(file) != std::string::npos);
    CHECK(first.output.find("alias claude='agentbox claude'\n") != std::string::npos);
    const std::string written = content(program.home() / file);
    CHECK(written.find("\nalias claude='agentbox claude'\n") != std::string::npos);
    CHECK(in_home(program, shell, "alias --install claude").output.find("already") != std::string::npos);
    CHECK(content(program.home() / file) == written);
    in_home(program, shell, "alias --install codex");
    CHECK(content(program.home() / file).find("claude") == std::string::npos);
    CHECK(in_home(program, shell, "alias --uninstall").status == ExitStatus::exited(0));
    CHECK_FALSE(fs::exists(program.home() / file));
    CHECK(in_home(program, shell, "alias --uninstall").output.find("no aliases") != std::string::npos);
  }
}

TEST_CASE("what stood in the startup file stays, with its mode, and a link to it stays a link") {
  const Program program;
  fs::create_directories(program.home() / "dotfiles");
  std::ofstream(program.home() / "dotfiles/bashrc") << "export X=1\n";
  fs::permissions(program.home() / "dotfiles/bashrc", fs::perms(0600));
  fs::create_symlink("dotfiles/bashrc", program.home() / ".bashrc");
  CHECK(in_home(program, "bash", "alias --install claude").status == ExitStatus::exited(0));
  CHECK(fs::is_symlink(program.home() / ".bashrc"));
  CHECK(content(program.home() / "dotfiles/bashrc").starts_with("export X=1\n"));
  CHECK(fs::status(program.home() / "dotfiles/bashrc").permissions() == fs::perms(0600));
  const Captured taken = program.run_script("shopt -s expand_aliases; source $AGENTBOX_HOME/.bashrc; alias claude");
  CHECK(taken.output == "alias claude='agentbox claude'\n");
  CHECK(in_home(program, "bash", "alias --uninstall").status == ExitStatus::exited(0));
  CHECK(content(program.home() / "dotfiles/bashrc") == "export X=1\n");
}

TEST_CASE("a startup file that was empty stays, one that was made a link, and one with lines of its user's since") {
  const Program program;
  std::ofstream(program.home() / ".bashrc").flush();
  in_home(program, "bash", "alias --install claude");
  in_home(program, "bash", "alias --uninstall");
  CHECK(content(program.home() / ".bashrc").empty());
  CHECK(fs::exists(program.home() / ".bashrc"));
  in_home(program, "fish", "alias --install claude");
  const fs::path fish = program.home() / ".config/fish/config.fish";
  fs::rename(fish, program.home() / "dotfile");
  fs::create_symlink(program.home() / "dotfile", fish);
  in_home(program, "fish", "alias --uninstall");
  CHECK(fs::is_symlink(fish));
  CHECK(content(program.home() / "dotfile").empty());
  in_home(program, "zsh", "alias --install claude");
  std::ofstream(program.home() / ".zshrc", std::ios::app) << "export Y=2\n";
  in_home(program, "zsh", "alias --uninstall");
  CHECK(content(program.home() / ".zshrc") == "export Y=2\n");
}

TEST_CASE("where the shell is not known, or the marks are damaged, nothing is written") {
  const Program program;
  CHECK(in_home(program, "tcsh", "alias --install").status == ExitStatus::exited(2));
  CHECK(in_home(program, "tcsh", "alias --install --shell bash claude").status == ExitStatus::exited(0));
  CHECK(in_home(program, "bash", "alias --install --uninstall").status == ExitStatus::exited(2));
  const std::string damaged = content(program.home() / ".bashrc") + "# <<< agentbox aliases <<<\n";
  std::ofstream(program.home() / ".bashrc") << damaged;
  CHECK(in_home(program, "bash", "alias --install codex").status == ExitStatus::exited(125));
  CHECK(in_home(program, "bash", "alias --uninstall").status == ExitStatus::exited(125));
  CHECK(content(program.home() / ".bashrc") == damaged);
  fs::remove(program.home() / ".bashrc");
  fs::create_symlink("nowhere", program.home() / ".bashrc");
  CHECK(in_home(program, "bash", "alias --install codex").status == ExitStatus::exited(125));
}

}  // namespace agentbox::alias_test
