// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/completion/complete.hpp"
#include "support/catch.hpp"

#include <algorithm>

namespace agentbox::completion_test {

using Words = std::vector<std::string>;

namespace {

Words names(NameKind kind) {
  switch (kind) {
    case NameKind::agent:
      return {"claude", "codex"};
    case NameKind::base:
      return {"debian-13", "dev"};
    case NameKind::policy:
      return {"ci", "dirty"};
    case NameKind::agent_or_base:
      return {"claude", "codex", "debian-13", "dev"};
    case NameKind::machine_template:
      return {"3f2a9c01b7de-81c2"};
    case NameKind::session:
      return {"claude-7k2m9d"};
    case NameKind::reviewed:
      return {"claude-7k2m9d", "run-done"};
    case NameKind::snapshot:
      return {"half-done"};
    case NameKind::session_or_snapshot:
      return {"claude-7k2m9d", "half-done"};
    case NameKind::secret:
      return {"A_KEY"};
    case NameKind::ended:
      return {"claude-over"};
    case NameKind::logged:
      return {"claude-7k2m9d", "claude-over"};
    case NameKind::recording:
      return {"claude-recorded"};
  }
  return {};
}

Completion at(const Words& words) { return complete(words, describe_command_line(), names); }

Words offered(const Words& words) {
  Words texts;
  for (const auto& candidate : at(words).candidates) {
    texts.push_back(candidate.text);
  }
  return texts;
}

bool has(const Words& all, const std::string& one) { return std::find(all.begin(), all.end(), one) != all.end(); }

}  // namespace

TEST_CASE("at the first word: agents, then commands, options only after a dash") {
  const Words first = offered({""});
  CHECK(first.front() == "claude");
  CHECK(has(first, "snapshot"));
  CHECK_FALSE(has(first, "--base"));
  CHECK_FALSE(has(first, "__complete"));
  CHECK(offered({}) == first);
  CHECK(offered({"co"}) == Words{"codex", "completion"});
  CHECK(offered({"--net"}) == Words{"--network"});
  CHECK(has(offered({"-"}), "-v"));
  CHECK(offered({"--base", "dev", "cl"}) == Words{"claude"});
}

TEST_CASE("values of options") {
  CHECK(offered({"--base", ""}) == Words{"debian-13", "dev"});
  CHECK(offered({"--base", "de", "x", ""}).empty());
  CHECK(offered({"--policy", "d"}) == Words{"dirty"});
  CHECK(offered({"--network", "o"}) == Words{"open", "offline"});
  CHECK(offered({"--network=of"}) == Words{"--network=offline"});
  CHECK(offered({"shell", "--on-exit", "s"}) == Words{"snapshot"});
  CHECK(offered({"run", "--policy=c"}) == Words{"--policy=ci"});
  CHECK(offered({"--cpus", ""}).empty());
  CHECK(offered({"base", "build", "--agents", "claude,c"}) == Words{"claude,claude", "claude,codex"});
}

TEST_CASE("what follows an agent is for the shell to complete") {
  for (const Words& words :
       std::vector<Words>{{"claude", ""}, {"claude", "--"}, {"claude", ".", "x"}, {"--cpus", "4", "claude", ""}}) {
    CHECK(at(words).candidates.empty());
    CHECK(at(words).files == Completion::Files::files);
  }
}

TEST_CASE("logs are there of sessions that run and of those that are over") {
  CHECK(offered({"logs", ""}) == Words{"claude-7k2m9d", "claude-over"});
  CHECK(offered({"report", ""}) == Words{"claude-over"});
}

TEST_CASE("reviewing commands know sessions that have ended, and no others do") {
  for (const auto* command : {"diff", "apply", "discard", "undo"}) {
    CHECK(offered({command, "run"}) == Words{"run-done"});
  }
  CHECK(offered({"stop", "run"}).empty());
  CHECK(offered({"diff", "--color", "a"}) == Words{"auto", "always"});
  CHECK(at({"diff", "--patch-out", ""}).files == Completion::Files::files);
}

TEST_CASE("arguments of commands") {
  CHECK(at({"shell", ""}).files == Completion::Files::directories);
  CHECK(at({"shell", ".", ""}).files == Completion::Files::none);
  CHECK(at({"run", ""}).files == Completion::Files::directories);
  CHECK(has(offered({"run", ""}), "--"));
  CHECK(at({"run", "--", "mak"}).files == Completion::Files::files);
  CHECK(offered({"run", "--", "--"}).empty());
  CHECK(offered({"base", ""}) == Words{"build", "ls", "show", "rm"});
  CHECK(offered({"base", "build", "d"}) == Words{"debian-13", "dev"});
  CHECK(offered({"base", "build", "dev", ""}).empty());
  CHECK(offered({"base", "rm", "dev", "de"}) == Words{"debian-13", "dev"});
  CHECK(offered({"exec", "c"}) == Words{"claude-7k2m9d"});
  CHECK(offered({"exec", "--root", ""}) == Words{"claude-7k2m9d", "--"});
  CHECK(offered({"snapshot", "resume", ""}) == Words{"half-done", "--"});
  CHECK(offered({"snapshot", "take", ""}) == Words{"claude-7k2m9d"});
  CHECK(offered({"fork", ""}) == Words{"claude-7k2m9d", "half-done"});
  CHECK(offered({"template", ""}) == Words{"ls", "rm", "prewarm"});
  CHECK(offered({"template", "rm", "3"}) == Words{"3f2a9c01b7de-81c2"});
  CHECK(offered({"template", "prewarm", "de"}) == Words{"debian-13", "dev"});
  CHECK(offered({"template", "prewarm", "cl"}) == Words{"claude"});
  CHECK(offered({"secret", "rm", ""}) == Words{"A_KEY"});
  CHECK(offered({"agents", "show", "co"}) == Words{"codex"});
  CHECK(offered({"policy", "show", ""}) == Words{"ci", "dirty"});
  CHECK(offered({"completion", "b"}) == Words{"bash"});
  CHECK(offered({"alias", "c"}) == Words{"claude", "codex"});
  CHECK(offered({"alias", "claude", "c"}) == Words{"claude", "codex"});
}

TEST_CASE("what a script reads has one line per candidate, whatever a name holds") {
  const Completion completion{.candidates = {{"a\nb", "x\ty"}}, .files = Completion::Files::directories};
  CHECK(completion_output(completion) == "a\\x0ab\tx\\x09y\n:directories\n");
  CHECK(completion_output({}) == ":none\n");
}

}  // namespace agentbox::completion_test
