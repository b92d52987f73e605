// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/admission.hpp"
#include "gateway/broker/exchange.hpp"
#include "gateway/broker/git/commands.hpp"
#include "gateway/broker/git/request.hpp"
#include "support/broker_plans.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace agentbox::git_test {

using namespace agentbox::broker;
using namespace agentbox::test;

namespace {

const std::string one(40, '1');
const std::string two(40, '2');
const std::string none(40, '0');

std::string packet(const std::string& data) { return fmt::format("{:04x}{}", data.size() + 4, data); }

std::string command(const std::string& ref, const std::string& capabilities = "", const std::string& to = two) {
  std::string line = one + " " + to + " " + ref;
  if (!capabilities.empty()) line += std::string(1, '\0') + " " + capabilities;
  return packet(line + "\n");
}

const std::string usual = "report-status side-band-64k agent=git/2.39.5";

/// "REF REF" of commands that are read whole, "why", or "unfinished". All splits of the text must agree.
std::string outcome(const std::string& text, std::size_t piece = std::string::npos) {
  GitCommandReader reader;
  for (std::size_t at = 0; at < text.size() && !reader.done() && !reader.failed();) {
    const std::string_view part = std::string_view(text).substr(at, piece);
    const std::size_t used = reader.feed(part);
    REQUIRE(used <= part.size());
    if (!reader.done() && !reader.failed()) REQUIRE(used == part.size());
    at += used;
  }
  if (reader.failed()) return reader.why();
  if (!reader.done()) return "unfinished";
  std::string refs;
  for (const GitCommand& each : reader.commands().commands) refs += (refs.empty() ? "" : " ") + each.ref;
  return refs;
}

GitAccess access_to(const std::string& repository) {
  return {.host = "github.com",
          .fetch = {{"owner/read"}},
          .push = {{.repository = {repository}, .branches = {"agent/*"}},
                   {.repository = {"owner/tidy"}, .branches = {"agent/*"}, .deletion = GitPushRule::Deletion::allowed}}};
}

const std::string shown = "agentbox-0123456789abcdef0123456789abcdef";

BrokerPlan git_plan() {
  BrokerPlan plan;
  BrokerRoute route;
  route.name = "github.com";
  route.upstream = Upstream::parse("https://github.com");
  route.wire = WireFormat::git;
  route.placeholder = SecretText(shown);
  route.header = "authorization";
  route.scheme = "Basic";
  route.key = SecretText("eDpSRUFMLVRPS0VO");
  route.bare_key = SecretText("REAL-TOKEN");
  route.git = access_to("owner/write");
  plan.routes.push_back(std::move(route));
  plan.routes.push_back(shipped_route("anthropic", "https://api.anthropic.com"));
  return plan;
}

const std::string credential = "authorization: Bearer " + shown + "\r\n";

Admission decide(const BrokerPlan& plan, const std::string& first_line, const std::string& headers) {
  return admit(plan, std::get<RequestHead>(parse_request_head(
                         first_line + " HTTP/1.1\r\nhost: 10.0.2.2:8080\r\n" + headers + "\r\n", 50)));
}

/// "-> TARGET", or "STATUS WORD".
std::string admitted(const std::string& first_line, const std::string& headers = credential) {
  const BrokerPlan plan = git_plan();
  const Admission admission = decide(plan, first_line, headers);
  if (const auto* forward = std::get_if<Forward>(&admission)) return "-> " + forward->target;
  const auto& refused = std::get<Refused>(admission);
  return std::to_string(refused.refusal.status) + " " + to_string(refused.refusal.reason);
}

std::string post(const std::string& path, const std::string& service, const std::string& headers = "") {
  return admitted("POST /git/github.com/" + path + "/git-" + service,
                  credential + "content-type: application/x-git-" + service + "-request\r\ncontent-length: 4\r\n" + headers);
}

}  // namespace

TEST_CASE("the commands of a push are read, however they are cut") {
  const std::string texts[] = {
      "0000",
      command("refs/heads/a", usual) + "0000",
      command("refs/heads/a", usual) + command("refs/heads/b") + "0000PACK and more",
      packet("shallow " + one) + packet("shallow " + two + "\n") + command("refs/heads/a", usual) + "0000",
      packet(std::string(64, 'a') + " " + std::string(64, 'b') + " refs/heads/sha256") + "0000",
      command("refs/heads/a", "push-options") + "0000",
      command("refs/heads/a", usual),
      command("refs/heads/a") + command("refs/heads/b", usual) + "0000",
  };
  for (const std::string& text : texts) {
    const std::string whole = outcome(text);
    for (std::size_t piece = 1; piece <= text.size(); ++piece) CHECK(outcome(text, piece) == whole);
  }
  CHECK(outcome(texts[0]).empty());
  CHECK(outcome(texts[2]) == "refs/heads/a refs/heads/b");
  CHECK(outcome(texts[3]) == "refs/heads/a");
  CHECK(outcome(texts[4]) == "refs/heads/sha256");
  CHECK(outcome(texts[6]) == "unfinished");
  CHECK(outcome(texts[7]) == "has capabilities in two places");

  GitCommandReader reader;
  CHECK(reader.feed(texts[2]) == texts[2].size() - std::string("PACK and more").size());
  CHECK(reader.commands().has("side-band-64k"));
  CHECK_FALSE(reader.commands().has("side-band"));
  CHECK(reader.commands().commands.at(0) == GitCommand{one, two, "refs/heads/a"});
  CHECK(reader.feed("0000") == 0);
}

TEST_CASE("what a server could read in another way is no command") {
  // Attack: a list that we take for harmless and that git's own reader takes for something else.
  for (const std::string& text : {
           std::string("0001"),
           std::string("0002"),
           std::string("0003"),
           std::string("0004"),
           std::string("zzzz"),
           std::string("-001"),
           std::string("+02a"),
           std::string("0x1f"),
           packet(""),
           packet(one + " " + two),
           packet(one + " " + two + " "),
           packet(one + "  " + two + " refs/heads/a"),
           packet(one + " " + two + " refs/heads/a refs/heads/main"),
           packet(one + " " + two + " refs/heads/a\nrefs/heads/main"),
           packet(one + " " + two + " refs/heads/a\r"),
           packet(one + " " + two + " heads/a"),
           packet(one + " " + std::string(40, 'G') + " refs/heads/a"),
           packet(one + " " + std::string(64, '2') + " refs/heads/a"),
           packet(std::string(39, '1') + " " + two + " refs/heads/a"),
           packet("shallow " + one + " x"),
           packet("shallow x"),
           command("refs/heads/a", usual) + packet("shallow " + one),
           packet("push-cert" + std::string(1, '\0') + "report-status"),
           packet(std::string(1, '\0') + "report-status"),
           packet("push-cert-end"),
       }) {
    INFO(text);
    const std::string why = outcome(text + "0000");
    CHECK((why.starts_with("has ") || why.starts_with("does not ") || why.starts_with("is signed")));
  }
}

// Attack: git looks for a capability anywhere in the text, between white space of any kind and with or without a value.
// What is not recognised here would still be obeyed there, and what follows the commands would be push options: "merge
// this".
TEST_CASE("no spelling of a capability that changes what follows is let through") {
  for (const char* spelling : {"push-options", "push-options=1", "push-options=", "x\tpush-options", "x\rpush-options",
                               "x\npush-options", "push-options\n"}) {
    INFO(spelling);
    CHECK(outcome(command("refs/heads/a", usual + " " + spelling) + "0000").find("--push-option") != std::string::npos);
  }
  const std::string hidden = usual + std::string(" quiet\0 push-options", 20);
  CHECK(outcome(command("refs/heads/a", hidden) + "0000").starts_with("asks for "));
  for (const char* other : {"push-cert=1", "agent=a\tb", "no-done", "report-status\t", "multi_ack", "\x80"}) {
    INFO(other);
    CHECK(outcome(command("refs/heads/a", usual + " " + other) + "0000").starts_with("asks for "));
  }
  CHECK(
      outcome(
          command(
              "refs/heads/a",
              "report-status-v2 side-band-64k quiet atomic object-format=sha1 agent=git/2.39.5-Linux session-id=a.b") +
          "0000") == "refs/heads/a");
}

TEST_CASE("a push has bounds") {
  std::string many = command("refs/heads/a", usual);
  for (std::size_t i = 1; i < GitCommandReader::most_commands; ++i) many += command("refs/heads/b");
  CHECK(outcome(many + "0000") != "has more commands than are read");
  CHECK(outcome(many + command("refs/heads/c")) == "has more commands than are read");
  std::string shallow;
  while (shallow.size() <= GitCommandReader::most_bytes) shallow += packet("shallow " + one);
  CHECK(outcome(shallow) == "has more commands than are read");
  CHECK(outcome(packet(one + " " + two + " refs/heads/" + std::string(2000, 'a'))) == "has a command that is none");
}

TEST_CASE("a push is judged ref by ref") {
  GitCommands commands{.commands = {{one, two, "refs/heads/agent/x"}, {one, two, "refs/heads/main"}, {one, none, "refs/heads/agent/y"}},
                       .capabilities = {}};
  CHECK(judge_push(access_to("owner/write"), "owner/write", commands) ==
        std::vector<std::string>{"", "not in the session's policy", "the session's policy lets nothing be deleted here"});
  CHECK(judge_push(access_to("owner/write"), "owner/tidy", commands) ==
        std::vector<std::string>{"", "not in the session's policy", ""});
  CHECK(judge_push(access_to("owner/write"), "owner/read", commands).at(0) == "not in the session's policy");
}

TEST_CASE("a refused push is answered in git's own form") {
  GitCommands commands{.commands = {{one, two, "refs/heads/a"}, {one, two, "refs/heads/main"}}, .capabilities = {}};
  CHECK(push_report(commands, {"", "no"}, "agentbox: m").empty());
  commands.capabilities = {"report-status"};
  const std::string report = "000eunpack ok\n" +
                             packet("ng refs/heads/a refused together with the other ones of this push\n") +
                             packet("ng refs/heads/main no\n") + "0000";
  CHECK(push_report(commands, {"", "no"}, "agentbox: m") == report);
  commands.capabilities = {"report-status-v2", "side-band-64k"};
  CHECK(push_report(commands, {"", "no"}, "agentbox: m") == packet("\2agentbox: m\n") + packet("\1" + report) + "0000");
  CHECK(unreadable_push_report(commands, "m") == packet("\2m\n") + packet("\1" + packet("unpack refused by agentbox\n") + "0000") + "0000");
}

TEST_CASE("git's own requests for listed repositories are forwarded") {
  CHECK(admitted("GET /git/github.com/owner/read/info/refs?service=git-upload-pack") ==
        "-> /owner/read.git/info/refs?service=git-upload-pack");
  CHECK(admitted("GET /git/github.com/owner/read.git/info/refs?service=git-upload-pack") ==
        "-> /owner/read.git/info/refs?service=git-upload-pack");
  CHECK(admitted("GET /git/github.com/owner/write/info/refs?service=git-receive-pack") ==
        "-> /owner/write.git/info/refs?service=git-receive-pack");
  CHECK(post("owner/read", "upload-pack") == "-> /owner/read.git/git-upload-pack");
  CHECK(post("owner/read", "upload-pack", "content-encoding: gzip\r\n") == "-> /owner/read.git/git-upload-pack");
  CHECK(post("owner/write.git", "receive-pack") == "-> /owner/write.git/git-receive-pack");
}

TEST_CASE("all other requests to a git host are refused") {
  const std::string service = "/info/refs?service=git-upload-pack";
  CHECK(admitted("GET /git/github.com/owner/read/info/refs?service=git-receive-pack") == "403 not_allowed");
  CHECK(post("owner/read", "receive-pack") == "403 not_allowed");
  for (const std::string& line :
       {"GET /git/github.com/owner/other" + service, "GET /git/github.com/owner/read2" + service,
        "GET /git/github.com/owner/read.git.git" + service, "GET /git/github.com/owner.git/read" + service,
        "GET /git/github.com/owner/read/x" + service, "GET /git/github.com/owner" + service,
        "GET /git/github.com/OWNER/read" + service, std::string("GET /git/github.com/owner/read/info/refs"),
        "GET /git/github.com/owner/read" + service + "&x=y", std::string("GET /git/github.com/owner/read/info/refs?service=git-upload-archive"),
        std::string("GET /git/github.com/owner/read/HEAD"), std::string("GET /git/github.com/owner/read/objects/info/packs"),
        std::string("GET /git/github.com/owner/read"), "HEAD /git/github.com/owner/read" + service,
        "POST /git/github.com/owner/read" + service, std::string("GET /git/github.com/owner/read/archive/main.zip"),
        std::string("POST /git/github.com/owner/write/info/lfs/objects/batch"),
        std::string("POST /git/github.com/owner/write/git-upload-archive"), std::string("GET /git/github.com/api/v3/user")}) {
    INFO(line);
    CHECK(admitted(line) == "403 not_allowed");
  }
  for (const std::string& line :
       {"GET /git/github.com/owner/../owner/read" + service, "GET /git/github.com//owner/read" + service,
        "GET /git/github.com/owner/re%61d" + service, "GET /git/github.com/owner/read;x" + service + ";y"}) {
    INFO(line);
    CHECK(admitted(line) == "400 bad_request");
  }
  CHECK(admitted("GET /git/gitlab.com/owner/read" + service) == "404 unknown_route");
  CHECK(admitted("GET /github.com/owner/read" + service) == "404 unknown_route");
  CHECK(admitted("GET /git/anthropic/v1/models") == "404 unknown_route");
}

TEST_CASE("a body that could not be read as we read it is refused") {
  CHECK(post("owner/write", "receive-pack", "content-encoding: gzip\r\n") == "403 bad_request");
  CHECK(post("owner/read", "upload-pack", "content-encoding: br\r\n") == "403 bad_request");
  CHECK(post("owner/read", "upload-pack", "content-encoding: gzip\r\ncontent-encoding: gzip\r\n") == "403 bad_request");
  CHECK(admitted("POST /git/github.com/owner/write/git-receive-pack", credential + "content-length: 4\r\n") == "403 bad_request");
  CHECK(admitted("POST /git/github.com/owner/write/git-receive-pack",
                 credential + "content-type: application/x-git-upload-pack-request\r\n") == "403 bad_request");
}

TEST_CASE("git needs the placeholder of its own service, and nothing else of the guest's goes on") {
  const std::string line = "GET /git/github.com/owner/read/info/refs?service=git-upload-pack";
  // Never 401: git would ask somebody for a user name.
  CHECK(admitted(line, "") == "403 wrong_credential");
  CHECK(admitted(line, "authorization: Basic eDp5\r\n") == "403 wrong_credential");
  CHECK(admitted(line, "x-api-key: " + placeholder + "\r\n") == "403 wrong_credential");
  CHECK(admitted("GET /anthropic/v1/models", credential) == "401 wrong_credential");
  const BrokerPlan plan = git_plan();
  const Admission admission =
      decide(plan, line,
             "authorization: Basic YXR0YWNrZXI6a2V5\r\ncookie: a=b\r\nprivate-token: attackers\r\njob-token: attackers\r\n"
             "git-protocol: version=2\r\nuser-agent: git/2.39.5\r\naccept-encoding: gzip\r\nx-forwarded-host: evil\r\n" +
                 credential);
  CHECK(std::get<Forward>(admission).headers ==
        std::vector<Header>{{"git-protocol", "version=2"}, {"user-agent", "git/2.39.5"}});
}

TEST_CASE("a push asks for no other version of the protocol") {
  const BrokerPlan plan = git_plan();
  const Admission admission = decide(plan, "GET /git/github.com/owner/write/info/refs?service=git-receive-pack",
                                     "git-protocol: version=2\r\nuser-agent: git/2.39.5\r\n" + credential);
  CHECK(std::get<Forward>(admission).headers == std::vector<Header>{{"user-agent", "git/2.39.5"}});
}

TEST_CASE("of all bodies only a push may be as large as a repository") {
  const BrokerPlan plan = git_plan();
  const BrokerLimits limits;
  const auto largest = [&](const std::string& service, const std::string& repository) {
    const Admission admission = decide(plan, "POST /git/github.com/" + repository + "/git-" + service,
                                       credential + "content-type: application/x-git-" + service + "-request\r\ncontent-length: 4\r\n");
    return largest_body(std::get<Forward>(admission), limits);
  };
  CHECK(largest("receive-pack", "owner/write") == std::uint64_t{2} << 30U);
  CHECK(largest("upload-pack", "owner/write") == std::uint64_t{128} << 20U);
}

TEST_CASE("a plan with git survives the way to the gateway") {
  const BrokerPlan plan = git_plan();
  const nlohmann::json sent = to_json(plan);
  const BrokerPlan received = broker_plan_from_json(nlohmann::json::parse(sent.dump()));
  CHECK(to_json(received) == sent);
  CHECK(received.routes.at(0).git == plan.routes.at(0).git);
  CHECK(received.routes.at(0).bare_key.view() == "REAL-TOKEN");
  CHECK_FALSE(received.routes.at(1).git);
  CHECK(model_route(received) == &received.routes.at(1));
}

}  // namespace agentbox::git_test
