// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/project_directory.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "sys/temp_dir.hpp"

#include <fstream>

namespace agentbox::project_directory_test {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// A small world: HOME with a project and a key directory, our own directories, a project elsewhere.
struct World {
  TempDir directory{fs::temp_directory_path(), "project"};
  fs::path root = fs::canonical(directory.path());
  ForbiddenPlaces forbidden{.home = root / "home", .own = {root / "home/.local/share/agentbox", root / "state"}};

  World() {
    for (const char* name : {"home/.ssh/sub", "home/work/app", "home/.local/share/agentbox/bases", "state/sessions", "elsewhere"}) {
      fs::create_directories(root / name);
    }
  }

  [[nodiscard]] std::string refusal(const fs::path& named) const {
    try {
      const fs::path path = resolve_project(named, forbidden);
      return "not refused: " + path.string();
    } catch (const Error& error) {
      return error.kind() == ErrorKind::usage ? error.what() : std::string("not of kind usage: ") + error.what();
    }
  }
};

}  // namespace

TEST_CASE("a project is resolved to its real, absolute path") {
  const World world;
  fs::create_directory_symlink(world.root / "home/work/app", world.root / "elsewhere/link");
  CHECK(resolve_project(world.root / "home/work/app", world.forbidden) == world.root / "home/work/app");
  CHECK(resolve_project(world.root / "home/work/../work/app/.", world.forbidden) == world.root / "home/work/app");
  CHECK(resolve_project(world.root / "elsewhere/link", world.forbidden) == world.root / "home/work/app");
  CHECK(resolve_project(world.root / "elsewhere", world.forbidden) == world.root / "elsewhere");
}

TEST_CASE("what is no directory is no project") {
  const World world;
  std::ofstream(world.root / "file") << "x";
  CHECK_THAT(world.refusal(world.root / "missing"), Contains("No such file"));
  CHECK_THAT(world.refusal(world.root / "file"), Contains("is not a directory"));
  CHECK_THAT(world.refusal(""), Contains("cannot use"));
}

TEST_CASE("the home directory, what is above it, and the SSH keys are refused") {
  // `agentbox claude` typed in the wrong terminal: the working directory is the home, with every key in it.
  const World world;
  CHECK_THAT(world.refusal("/"), Contains("whole file system"));
  CHECK_THAT(world.refusal(world.root / "home"), Contains("your home directory, with all your keys"));
  CHECK_THAT(world.refusal(world.root), Contains("inside of it"));
  CHECK_THAT(world.refusal(world.root / "home/.ssh"), Contains("SSH keys"));
  CHECK_THAT(world.refusal(world.root / "home/.ssh/sub"), Contains("SSH keys"));
  CHECK_NOTHROW(resolve_project(world.root / "home/work", world.forbidden));
}

TEST_CASE("a link does not lead around a refusal") {
  // A cloned repository may hold a link named "src" that leads to the user's home.
  const World world;
  fs::create_directory_symlink(world.root / "home", world.root / "elsewhere/src");
  fs::create_directory_symlink("/", world.root / "elsewhere/root");
  CHECK_THAT(world.refusal(world.root / "elsewhere/src"), Contains("your home directory"));
  CHECK_THAT(world.refusal(world.root / "elsewhere/src/.ssh"), Contains("SSH keys"));
  CHECK_THAT(world.refusal(world.root / "elsewhere/root"), Contains("whole file system"));
}

TEST_CASE("a home that is itself a link is still recognised") {
  World world;
  fs::create_directory_symlink(world.root / "home", world.root / "home-link");
  world.forbidden.home = world.root / "home-link";
  CHECK_THAT(world.refusal(world.root / "home"), Contains("your home directory"));
  CHECK_THAT(world.refusal(world.root / "home/.ssh"), Contains("SSH keys"));
}

TEST_CASE("our own directories are refused, with what is above and below") {
  const World world;
  CHECK_THAT(world.refusal(world.root / "state"), Contains("agentbox keeps its own state"));
  CHECK_THAT(world.refusal(world.root / "state/sessions"), Contains("agentbox keeps its own state"));
  CHECK_THAT(world.refusal(world.root / "home/.local/share"), Contains("agentbox keeps its own state"));
  fs::create_directory(world.root / "state-of-things");  // a name that only begins alike
  CHECK(resolve_project(world.root / "state-of-things", world.forbidden) == world.root / "state-of-things");
}

TEST_CASE("our own directory that does not exist yet is refused above") {
  World world;
  world.forbidden.own = {world.root / "elsewhere/agentbox/not-yet"};
  CHECK_THAT(world.refusal(world.root / "elsewhere"), Contains("agentbox keeps its own state"));
}

TEST_CASE("a project must not hide a part of the guest's system") {
  World world;
  world.forbidden = {};  // else /tmp would be refused for what is below
  const std::string path = GENERATE(as<std::string>{}, "/etc", "/usr", "/usr/bin", "/tmp", "/proc", "/sys", "/dev", "/var/tmp");
  CAPTURE(path);
  if (fs::canonical(path) == path) {  // on some systems a link to another place, with another reason
    CHECK_THAT(world.refusal(path), Contains("hide a part of the VM's own system"));
  }
}

TEST_CASE("a name with a newline is refused, other odd names are not") {
  const World world;
  fs::create_directory(world.root / "elsewhere/a\nb");
  fs::create_directory(world.root / "elsewhere/a, b=c 'd' é");
  CHECK_THAT(world.refusal(world.root / "elsewhere/a\nb"), Contains("holds a newline") && Contains("a\\x0ab"));
  CHECK_NOTHROW(resolve_project(world.root / "elsewhere/a, b=c 'd' é", world.forbidden));
}

TEST_CASE("without a known home nothing is taken for it") {
  World world;
  world.forbidden.home.clear();
  CHECK_NOTHROW(resolve_project(world.root / "home/work", world.forbidden));
}

}  // namespace agentbox::project_directory_test
