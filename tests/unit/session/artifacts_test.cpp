// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/artifacts.hpp"

#include "session/run_plan.hpp"
#include "support/catch.hpp"

namespace agentbox::artifacts_test {

// --artifacts once wrote what the guest had named .git/config over the project's, and git ran what stood in it.
TEST_CASE("what can run by itself is no artifact") {
  RunPlan plan;
  plan.project = "/home/u/project";
  const auto refused = [&](const char* directory, const char* name) { return refused_artifacts(plan, directory)(name); };
  for (const char* directory : {"/home/u/project", "/home/u/project/out", "/home/u", "/elsewhere"}) {
    INFO(directory);
    CHECK(refused(directory, ".git/config"));
    CHECK(refused(directory, "deep/.GIT/hooks/post-checkout"));
    CHECK(refused(directory, ".vscode/tasks.json"));
    CHECK_FALSE(refused(directory, "reports/junit.xml"));
  }
  CHECK(refused("/home/u/project/.git", "config"));
  CHECK(refused("/home/u/project/.git/hooks", "post-checkout"));
  CHECK(refused("/home/u/project", ".envrc"));
  CHECK(refused("/home/u/project", "Makefile"));
  CHECK(refused("/home/u", "project/Makefile"));
  CHECK_FALSE(refused("/elsewhere", "Makefile"));
  plan.project.clear();
  CHECK(refused("/elsewhere", ".git/config"));
}

}  // namespace agentbox::artifacts_test
