// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/live_plan.hpp"

#include "core/error.hpp"
#include "session/live_machine.hpp"
#include "support/catch.hpp"

#include <functional>

namespace agentbox::live_plan_test {

using Catch::Matchers::Contains;

namespace {

RunPlan plan_that_can_be_saved() {
  RunPlan plan;
  plan.kind = RunKind::command;
  plan.project = "/project";
  plan.workspace = WorkspaceMode::copy;
  plan.confinement = Confinement::bubblewrap;
  plan.credentials = CredentialMode::brokered;
  return plan;
}

std::shared_ptr<BrokerPlan> broker_with(const std::string& route, const std::string& placeholder) {
  auto broker = std::make_shared<BrokerPlan>();
  broker->routes.emplace_back();
  broker->routes.back().name = route;
  broker->routes.back().placeholder = SecretText(placeholder);
  broker->routes.back().key = SecretText("the real key");
  return broker;
}

}  // namespace

TEST_CASE("what cannot be saved while it runs is refused, with the way out") {
  struct Case {
    std::function<void(RunPlan&, Liveness&)> spoil;
    std::string why;
    std::string way_out;
  };
  const std::string copy = "\n  agentbox --detach --workspace copy run /project -- COMMAND\n";
  const std::vector<Case> cases{
      {[](RunPlan& plan, Liveness&) { plan.workspace = WorkspaceMode::live; }, "--workspace live", copy},
      {[](RunPlan& plan, Liveness&) { plan.workspace = WorkspaceMode::overlay; }, "--workspace overlay", copy},
      {[](RunPlan& plan, Liveness&) { plan.workspace = WorkspaceMode::readonly; }, "--workspace readonly", copy},
      {[](RunPlan& plan, Liveness&) { plan.directories.mounts.push_back({.host = "/a", .guest = "/b"}); }, "--mount", copy},
      {[](RunPlan& plan, Liveness&) { plan.credentials = CredentialMode::direct; }, "--credentials direct", "--workspace copy --credentials brokered run"},
      {[](RunPlan& plan, Liveness&) { plan.confinement = Confinement::none; }, "--unconfined", copy},
      {[](RunPlan&, Liveness& live) { live.command = Liveness::Command::on_pipes; }, "pipes", copy},
      {[](RunPlan&, Liveness& live) { live.machine = Liveness::Machine::booted; }, "--cold", copy},
  };
  for (const auto& [spoil, why, way_out] : cases) {
    INFO(why);
    RunPlan plan = plan_that_can_be_saved();
    Liveness live;
    CHECK_NOTHROW(require_can_be_saved(plan, live, "s"));
    spoil(plan, live);
    try {
      require_can_be_saved(plan, live, "s");
      FAIL("it was not refused");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK_THAT(error.what(), Contains(why));
      CHECK_THAT(error.hint(), Contains(way_out));
    }
  }
}

TEST_CASE("all that speaks against saving is told at once") {
  RunPlan plan = plan_that_can_be_saved();
  plan.kind = RunKind::agent;
  plan.label = "claude";
  plan.workspace = WorkspaceMode::live;
  plan.credentials = CredentialMode::direct;
  plan.directories.mounts.push_back({.host = "/a", .guest = "/b"});
  try {
    require_can_be_saved(plan, {.command = Liveness::Command::on_pipes}, "claude-1");
    FAIL("it was not refused");
  } catch (const Error& error) {
    for (const auto* why : {"session claude-1 cannot be saved", "--workspace live", "--mount", "--credentials direct", "pipes"}) {
      CHECK_THAT(error.what(), Contains(why));
    }
    CHECK_THAT(error.hint(), Contains("\n  agentbox --detach --workspace copy --credentials brokered claude /project\n"));
  }
}

TEST_CASE("conversations and settings, which such a session has copies of, do not speak against it") {
  RunPlan plan = plan_that_can_be_saved();
  plan.directories.history.state.push_back({});
  plan.directories.settings.push_back({});
  CHECK_NOTHROW(require_can_be_saved(plan, {}, "s"));
  LiveManifest live;
  note_plan(plan, live);
  RunRequest request;
  add_live_defaults(live, request);
  CHECK(request.history == std::nullopt);  // as the policy says, like that of the session
  CHECK(request.settings == SettingsMode::none);
  note_plan(plan_that_can_be_saved(), live);
  add_live_defaults(live, request);
  CHECK(request.history == HistoryMode::none);
}

TEST_CASE("what goes on from a snapshot may do what its session might do") {
  RunPlan plan = plan_that_can_be_saved();
  plan.network = NetworkMode::offline;
  plan.broker = broker_with("anthropic", "sk-placeholder");
  plan.broker->caps = {.tokens = 500000, .cost = Money::parse("2.50"), .requests = 7};
  plan.forwards = {{Port(80), Port(8080)}};
  LiveManifest live;
  note_plan(plan, live);
  CHECK(live.placeholders == std::vector<std::string>{"anthropic sk-placeholder"});

  RunRequest request;
  add_live_defaults(live, request);
  CHECK(request.network == NetworkMode::offline);
  CHECK(request.credentials == CredentialMode::brokered);
  CHECK(request.caps == plan.broker->caps);
  CHECK(request.host_ports == plan.forwards);

  RunRequest wider;
  wider.network = NetworkMode::open;
  add_live_defaults(live, wider);
  CHECK(wider.network == NetworkMode::open);  // the command line is the user's
}

TEST_CASE("the broker takes the placeholder that the session's programs hold, and keeps the real key") {
  LiveManifest live;
  live.placeholders = {"anthropic sk-old", "github agentbox-x"};
  live.disk_size = ByteSize::gibibytes(20);
  RunPlan plan = plan_that_can_be_saved();
  plan.broker = broker_with("anthropic", "sk-new");
  go_on_with(live, plan);
  CHECK(plan.broker->routes.front().placeholder.view() == "sk-old");
  CHECK(plan.broker->routes.front().key.view() == "the real key");
  REQUIRE(plan.warnings.size() == 1);
  CHECK_THAT(plan.warnings.front(), Contains("github"));
  CHECK(plan.disk == ByteSize::gibibytes(20));
  CHECK(plan.live);
}

TEST_CASE("machines that differ in paths alone are the same, in anything else they are not") {
  VmSpec spec;
  spec.qemu = "/usr/bin/qemu-system-x86_64";
  spec.shape = {.accelerator = Accelerator::tcg, .cpus = 2, .memory = ByteSize::gibibytes(2)};
  spec.network = WireNetwork{7};
  spec.disk = {{"/a/disk.qcow2", DiskLayer::Format::qcow2}};
  spec.workspace.directory = "/project";
  VmSpec moved = spec;
  moved.qemu = "/opt/qemu";
  moved.network = WireNetwork{9};
  moved.disk.push_back({"/b/disk.qcow2", DiskLayer::Format::qcow2});
  moved.workspace.directory = "/other";
  moved.boot = IncomingState{.kind = IncomingState::Kind::saved_running};
  moved.ports = {.ssh = 3, .ssh2 = 5, .control = 4};
  moved.kept_disk = KeptDiskImage{.path = "/c/disk.raw"};
  moved.project_disk = ProjectDiskSocket{6};
  CHECK(machine_digest(moved) == machine_digest(spec));
  VmSpec larger = spec;
  larger.shape.cpus = 4;
  CHECK(machine_digest(larger) != machine_digest(spec));
  VmSpec other_net = spec;
  other_net.network = UserNetwork{};
  CHECK(machine_digest(other_net) != machine_digest(spec));
}

TEST_CASE("a machine that goes on elsewhere is told who it is, the one that was saved is told the time alone") {
  const MachineIdentity identity{.name = "run-1", .machine_id = "m", .boot_id = "b", .mac = "52:54:00:12:34:56", .host_key = {.private_key = "k", .public_key = "p"}};
  const ThawPlan another = thaw_plan_from_json(to_json_text(thaw_plan(identity)));
  REQUIRE(another.identity);
  CHECK(another.clock_ns > 0);
  CHECK(another.identity->hostname == "run-1");
  CHECK(another.identity->machine_id == "m");
  REQUIRE(another.identity->fork);
  CHECK(another.identity->fork->boot_id == "b");
  CHECK(another.identity->fork->mac == "52:54:00:12:34:56");
  CHECK(another.identity->fork->host_key == "k");
  CHECK(another.identity->entropy.size() == 2 * 64);
  // No two of them are seeded alike.
  CHECK(thaw_plan(identity).identity->entropy != another.identity->entropy);
  CHECK_FALSE(thaw_plan_from_json(to_json_text(thaw_plan())).identity);
}

}  // namespace agentbox::live_plan_test
