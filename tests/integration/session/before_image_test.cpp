// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/before_image.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "core/error.hpp"
#include "session/aftermath.hpp"
#include "session/run_plan.hpp"
#include "store/session_store.hpp"
#include "support/catch.hpp"
#include "support/image_support.hpp"

using namespace agentbox;
using namespace agentbox::test;
namespace fs = std::filesystem;

// With twenty sessions that came and went at once, one did not start: "cannot open before/SESSION/lock".
TEST_CASE("what other sessions note of their projects comes and goes while a session looks for that of dead ones") {
  const TempDir home(fs::temp_directory_path(), "before");
  const Definitions definitions;
  RecordedProgress progress;
  const Application application{.directories = {.config = home.path() / "config",
                                                .data = home.path() / "data",
                                                .state = home.path() / "state",
                                                .cache = home.path() / "cache"},
                                .shipped = {},
                                .catalog = definitions.catalog(),
                                .user_config = {},
                                .progress = progress};
  RunPlan plan;
  plan.workspace = WorkspaceMode::live;
  plan.project = home.path() / "project";
  fs::create_directory(plan.project);
  SessionStore sessions(application.directories.state / "sessions");
  std::atomic<bool> over = false;
  std::optional<std::string> problem;
  std::thread other([&] {
    while (!over && !problem) {
      try {
        tell_aftermath_of_others(application);
      } catch (const Error& error) {
        problem = error.what();
      }
    }
  });
  constexpr int times = 300;
  for (int i = 0; i < times; ++i) {
    SessionHandle session = sessions.create("run");
    BeforeImage before(plan, session, application);
    before.await();
    const auto aftermath = aftermath_of_directories(session.record().id, Afterwards::session_ends, application);
    CHECK(aftermath.size() == 1);
    session.remove();
  }
  over = true;
  other.join();
  CHECK(problem.value_or("") == "");
  CHECK_FALSE(take_images(before_images("run-gone", application)).has_value());
}
