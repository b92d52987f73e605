// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0

// agentbox-guest: runs as root inside the VM, started by the launcher over SSH. It trusts its caller (the host) and
// enforces nothing: whatever must hold against the guest is enforced outside of it.
//   session      does what the plan in the environment says (guest_plan.hpp) and becomes its command
//   attach       shows the session's command, if that is held, on a further terminal (hold.hpp)
//   park         leaves processes waiting for the forks of this machine (parked.hpp)
//   park-login   leaves another login waiting for the forks of a session (parked.hpp)
//   pause        makes the machine stand still while its state is saved (pause.hpp)
//   changes      writes what the session changed in its workspace (changes.hpp)
//   keep         takes copies of the host's directories back there (directories.hpp)
//   sync         flushes file systems to the disk
//   freeze-kept  brings the project's kept disk to rest (hot.hpp)
//   grow         grows the root file system to its disk, and takes the machine for booted
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "guest/changes.hpp"
#include "guest/directories.hpp"
#include "guest/guest_plan.hpp"
#include "guest/hot.hpp"
#include "guest/hold.hpp"
#include "guest/launch.hpp"
#include "guest/make_path.hpp"
#include "guest/park.hpp"
#include "guest/parked.hpp"
#include "guest/pause.hpp"
#include "guest/prepare.hpp"

namespace {

std::string take_plan_from_environment() {
  std::string text;
  for (int part = 0;; ++part) {
    const std::string name = agentbox::guest_plan_variable_prefix + std::to_string(part);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) {
      break;
    }
    text += value;
    unsetenv(name.c_str());
  }
  if (text.empty()) {
    throw std::runtime_error("no plan in the environment; this program is started by agentbox on the host");
  }
  return text;
}

int run_session() {
  const agentbox::GuestPlan plan = agentbox::guest_plan_from_json(take_plan_from_environment());
  agentbox::guest::User user = agentbox::guest::find_user(plan.user);
  if (plan.prepare) {
    agentbox::guest::reseed(plan.prepare->entropy);
    using agentbox::guest::Prepared;
    if (agentbox::guest::prepare(*plan.prepare, user) == Prepared::without_kept_disk) {
      std::fprintf(stderr, "agentbox: the kept disk of this project cannot be mounted; its hot directories are empty here\n");
    }
  }
  const auto become = [&] { return agentbox::guest::become_and_exec(plan, user); };
  if (plan.holding == agentbox::GuestPlan::Holding::none) {
    return become();
  }
  agentbox::guest::make_path(std::filesystem::path(agentbox::guest::held_socket).parent_path(), nullptr);
  agentbox::guest::end_like(agentbox::guest::hold(agentbox::guest::held_socket, become));
}

int run_attach() {
  const int status = agentbox::guest::attach(agentbox::guest::held_socket);
  if (status == agentbox::guest::no_held_command) {
    throw std::runtime_error("there is no command to attach to in this machine");
  }
  agentbox::guest::end_like(status);
}

/// What the command line asks for. sshd starts this program as a shell, too ("-c COMMAND"; parked.hpp): one of our own commands is then
/// done right here, which saves a shell and another start of this program. Any other is the business of a shell that is one.
std::string asked_for(int argc, char** argv) {
  if (argc == 2) {
    return argv[1];
  }
  if (argc != 3 || std::string_view(argv[1]) != "-c") {
    return {};
  }
  const std::string_view command = argv[2];
  const std::string_view own = agentbox::guest_command_prefix;
  if (!command.starts_with(own) || command.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", own.size()) != command.npos) {
    execl("/bin/sh", "sh", "-c", argv[2], nullptr);
    throw std::runtime_error("this machine has no /bin/sh");
  }
  return std::string(command.substr(own.size()));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string verb = asked_for(argc, argv);
    if (verb == "session") {
      return run_session();
    }
    if (verb == "attach") {
      return run_attach();
    }
    if (verb == "park") {
      return agentbox::guest::park();
    }
    if (verb == "park-login") {
      return agentbox::guest::park_login();
    }
    if (verb == "pause") {
      agentbox::guest::pause();
      return 0;
    }
    if (verb == "changes") {
      agentbox::guest::write_changes();
      return 0;
    }
    if (verb == "keep") {
      agentbox::guest::keep_copies();
      return 0;
    }
    if (verb == "sync") {
      sync();
      return 0;
    }
    if (verb == "freeze-kept") {
      agentbox::guest::freeze_kept_disk();
      return 0;
    }
    if (verb == "grow") {
      agentbox::guest::end_boot();
      agentbox::guest::grow_root_filesystem();
      return 0;
    }
    std::fprintf(stderr, "usage: agentbox-guest session|attach|park|park-login|pause|changes|keep|sync|freeze-kept|grow\n");
    return 2;
  } catch (const std::exception& error) {
    // 125 is what agentbox itself fails with; the launcher tells it from the command's own codes by this marker.
    std::fprintf(stderr, "agentbox-guest: %s\n", error.what());
    return 125;
  }
}
