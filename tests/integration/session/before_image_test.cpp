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
#include "support/catch.hpp"
#include "support/installed.hpp"

namespace agentbox::before_image_test {

using namespace agentbox::test;
namespace fs = std::filesystem;

// With twenty sessions that came and went at once, one did not start: "cannot open before/SESSION/lock".
TEST_CASE("what other sessions note of their projects comes and goes while a session looks for that of dead ones") {
  Installed here;
  RunPlan plan;
  plan.workspace = WorkspaceMode::live;
  plan.project = here.home.path() / "project";
  fs::create_directory(plan.project);
  std::atomic<bool> over = false;
  std::optional<std::string> problem;
  std::thread other([&] {
    while (!over && !problem) {
      try {
        tell_aftermath_of_others(here.application);
      } catch (const Error& error) {
        problem = error.what();
      }
    }
  });
  constexpr int times = 300;
  for (int i = 0; i < times; ++i) {
    SessionHandle session = here.sessions.create("run");
    BeforeImage before(plan, session, here.application);
    before.await();
    const auto aftermath = aftermath_of_directories(session.record().id, Afterwards::session_ends, here.application);
    CHECK(aftermath.size() == 1);
    session.remove();
  }
  over = true;
  other.join();
  CHECK(problem.value_or("") == "");
  CHECK_FALSE(take_images(before_images("run-gone", here.application)).has_value());
}

}  // namespace agentbox::before_image_test
