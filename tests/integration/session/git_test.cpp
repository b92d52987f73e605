// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// The real git, with the environment that a session gets, through the real broker, to the real `git http-backend`.
#include "session/git_setup.hpp"

#include "core/base64.hpp"
#include "support/broker_server.hpp"
#include "support/catch.hpp"
#include "support/git_upstream.hpp"
#include "support/skip.hpp"

namespace agentbox::git_test {

using namespace agentbox::test;

namespace {

const std::string token = "ghp_REALTOKENofthehost0123456789abcdef";
const std::string real_authorization = "Basic " + to_base64("x-access-token:" + token);
const std::string digits = "0123456789abcdef0123456789abcdef";
const std::string shown = "agentbox-" + digits;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void require_git() {
  if (find_program("git").empty()) test::skip("git is not installed");
}

std::vector<GitAccess> policy() {
  return {{.host = "forge.example",
           .fetch = {{"owner/read"}, {"group/*"}},
           .push = {{.repository = {"owner/write"}, .branches = {"agent/*"}},
                    {.repository = {"owner/tidy"}, .branches = {"agent/*"}, .deletion = GitPushRule::Deletion::allowed}}}};
}

/// A forge, a broker before it, and a user's directory with git set up as in a session.
class Place {
 public:
  explicit Place(const std::string& accepted = real_authorization)
      : authority_("test authority"),
        identity_(authority_.issue("IP:127.0.0.1")),
        forge_(identity_, accepted),
        home_(std::filesystem::temp_directory_path(), "git-client"),
        broker_(plan()) {
    for (const char* name : {"owner/read", "owner/read2", "owner/write", "owner/tidy", "owner/other", "group/one"})
      forge_.make_repository(name);
    environment_ = {"PATH=/usr/bin:/bin",     "HOME=" + home_.path().string(), "GIT_CONFIG_NOSYSTEM=1",
                    "GIT_TERMINAL_PROMPT=0",  "GIT_AUTHOR_NAME=a",             "GIT_AUTHOR_EMAIL=a@b.invalid",
                    "GIT_COMMITTER_NAME=a",   "GIT_COMMITTER_EMAIL=a@b.invalid",
                    "http_proxy=http://127.0.0.1:1"};
    for (const SessionVariable& variable : setup(url()).environment)
      environment_.push_back(variable.name + "=" + variable.value);
  }

  GitUpstream& forge() { return forge_; }
  BrokerServer& broker() { return broker_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(broker_.port()); }
  [[nodiscard]] std::filesystem::path directory(const std::string& name) const { return home_.path() / name; }

  GitRun git(const std::string& name, const std::vector<std::string>& arguments) {
    return run_git(arguments, environment_, directory(name));
  }
  /// A clone of owner/NAME with one commit more.
  void clone_and_commit(const std::string& name, const std::string& content = "hello") {
    REQUIRE(git("", {"clone", "-q", "https://forge.example/owner/" + name, name}).success);
    write_file_atomically(directory(name) / "file", content);
    REQUIRE(git(name, {"add", "file"}).success);
    REQUIRE(git(name, {"commit", "-q", "-m", "second"}).success);
  }

 private:
  GitSetup setup(const std::string& broker_url) const {
    return make_git_setup({.access = access_,
                           .broker_url = broker_url,
                           .host =
                               [this](const std::string& name) {
                                 return GitHost{.name = name,
                                                .description = {},
                                                .upstream = forge_.url(),
                                                .user = "x-access-token",
                                                .keys = {},
                                                .urls = {"https://forge.example/", "git@forge.example:"},
                                                .source = {}};
                               },
                           .token = [](const GitHost&) { return SecretText(token); },
                           .random = [] { return digits; }});
  }
  BrokerPlan plan() const {
    BrokerPlan plan;
    plan.routes = setup("http://unused").routes;
    plan.extra_ca = authority_.pem();
    return plan;
  }

  std::vector<GitAccess> access_ = policy();
  TlsAuthority authority_;
  Identity identity_;
  GitUpstream forge_;
  TempDir home_;
  BrokerServer broker_;
  std::vector<std::string> environment_;
};

}  // namespace

TEST_CASE("a listed repository is cloned, by each form of its URL, and the token is not in the session") {
  require_git();
  Place place;
  for (const char* url : {"https://forge.example/owner/read", "https://forge.example/owner/read.git",
                                 "git@forge.example:owner/read.git", "https://forge.example/group/one"}) {
    INFO(url);
    const GitRun run = place.git("", {"clone", url, "copy"});
    INFO(run.text);
    CHECK(run.success);
    CHECK(place.git("copy", {"log", "--format=%s"}).text == "first\n");
    // Nothing that a session leaves in a project names a credential.
    CHECK_FALSE(contains(read_file(place.directory("copy") / ".git/config", ByteSize::mebibytes(1)), shown));
    std::filesystem::remove_all(place.directory("copy"));
  }
  CHECK(contains(place.forge().heads(), "authorization: " + real_authorization + "\r\n"));
  CHECK(contains(place.forge().heads(), "git-protocol: version=2\r\n"));
  CHECK_FALSE(contains(place.forge().heads(), shown));
  const auto events = place.broker().events();
  REQUIRE_FALSE(events.empty());
  CHECK(events.front().subject == "owner/read");
  CHECK(events.front().action == "git fetch");
  CHECK(events.front().refusal.empty());
}

TEST_CASE("another repository is refused with a sentence") {
  require_git();
  Place place;
  // Its name begins like a listed one's, so git is led to the broker with it.
  for (const std::string& url :
       {std::string("https://forge.example/owner/read2"), place.url() + "/git/forge.example/owner/other"}) {
    const GitRun run = place.git("", {"clone", url, "copy"});
    INFO(run.text);
    CHECK_FALSE(run.success);
    CHECK(contains(run.text, "remote: agentbox: the session's policy does not name the repository owner/"));
    CHECK(contains(run.text, "credentials: git"));
  }
  CHECK(place.forge().heads().empty());
  CHECK(place.broker().events().at(0).refusal == "not_allowed");
  CHECK(place.broker().events().at(0).subject == "owner/read2");
  CHECK(place.broker().summary()["refusals"]["not_allowed"] == 2);
}

TEST_CASE("a listed branch can be pushed to") {
  require_git();
  Place place;
  place.clone_and_commit("write");
  const GitRun run = place.git("write", {"push", "origin", "HEAD:agent/fix"});
  INFO(run.text);
  CHECK(run.success);
  CHECK(place.forge().ref("owner/write", "refs/heads/agent/fix") + "\n" == place.git("write", {"rev-parse", "HEAD"}).text);
  const auto events = place.broker().events();
  CHECK(events.back().action == "git push refs/heads/agent/fix");
  CHECK(events.back().status == 200);
}

TEST_CASE("another branch cannot, and nothing of a push with one such ref arrives") {
  require_git();
  Place place;
  place.clone_and_commit("write");
  const std::string before = place.forge().ref("owner/write", "refs/heads/main");
  for (const std::vector<std::string>& refs :
       {std::vector<std::string>{"HEAD:main"}, {"HEAD:agent/fix", "HEAD:main"}, {"HEAD:main", "HEAD:agent/fix"},
        {"HEAD:refs/tags/v1"}, {"HEAD:refs/for/agent/x"}, {"HEAD:agent/fix", ":agent/old"}}) {
    std::vector<std::string> arguments{"push", "origin"};
    arguments.insert(arguments.end(), refs.begin(), refs.end());
    const GitRun run = place.git("write", arguments);
    INFO(run.text);
    CHECK_FALSE(run.success);
    CHECK(contains(run.text, "remote: agentbox: nothing was pushed. The session's policy lets you push to refs/heads/agent/*"));
    CHECK(contains(run.text, "[remote rejected]"));
  }
  CHECK(place.forge().ref("owner/write", "refs/heads/main") == before);
  CHECK(place.forge().ref("owner/write", "refs/heads/agent/old") == before);
  CHECK(place.forge().ref("owner/write", "refs/heads/agent/fix").empty());
  CHECK_FALSE(contains(place.forge().heads(), "POST /owner/write.git/git-receive-pack"));
  CHECK(place.broker().events().back().refusal == "not_allowed");
  CHECK(place.broker().events().back().action == "git push refs/heads/agent/old refs/heads/agent/fix");
}

TEST_CASE("a large push is streamed, or refused with the same words") {
  // Above http.postBuffer git asks with an empty push first and then sends chunks.
  require_git();
  Place place;
  std::string random;
  unsigned long long state = 88172645463325252ULL;  // xorshift: does not compress
  for (std::size_t i = 0; i < (3U << 20U); ++i) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    random += static_cast<char>(state);
  }
  place.clone_and_commit("write", random);
  const GitRun refused = place.git("write", {"push", "origin", "HEAD:main"});
  INFO(refused.text);
  CHECK_FALSE(refused.success);
  CHECK(contains(refused.text, "agentbox: nothing was pushed"));
  const GitRun run = place.git("write", {"push", "origin", "HEAD:agent/large"});
  INFO(run.text);
  CHECK(run.success);
  CHECK_FALSE(place.forge().ref("owner/write", "refs/heads/agent/large").empty());
  CHECK(contains(place.forge().heads(), "transfer-encoding: chunked\r\n"));
}

TEST_CASE("deleting a branch needs a word of its own") {
  require_git();
  Place place;
  place.clone_and_commit("write");
  place.clone_and_commit("tidy");
  const GitRun refused = place.git("write", {"push", "origin", ":agent/old"});
  INFO(refused.text);
  CHECK_FALSE(refused.success);
  CHECK(contains(refused.text, "lets nothing be deleted here"));
  CHECK_FALSE(place.forge().ref("owner/write", "refs/heads/agent/old").empty());
  CHECK(place.git("tidy", {"push", "origin", ":agent/old"}).success);
  CHECK(place.forge().ref("owner/tidy", "refs/heads/agent/old").empty());
}

TEST_CASE("push options, which are commands to the service, do not pass") {
  require_git();
  Place place;
  place.clone_and_commit("write");
  const GitRun run = place.git("write", {"push", "-o", "merge_request.create", "origin", "HEAD:agent/fix"});
  INFO(run.text);
  CHECK_FALSE(run.success);
  CHECK(contains(run.text, "agentbox: this push has push options"));
  CHECK(place.forge().ref("owner/write", "refs/heads/agent/fix").empty());
}

TEST_CASE("a repository that may only be fetched cannot be pushed to") {
  require_git();
  Place place;
  place.clone_and_commit("read");
  const GitRun run = place.git("read", {"push", "origin", "HEAD:agent/fix"});
  INFO(run.text);
  CHECK_FALSE(run.success);
  CHECK(contains(run.text, "lets you fetch, but not push to, owner/read"));
  CHECK(place.forge().ref("owner/read", "refs/heads/agent/fix").empty());
}

TEST_CASE("a credential of the guest's own does not reach the service") {
  // The attack: a token of the attacker's beside the placeholder, to push the project into an account of theirs.
  require_git();
  Place place;
  const std::string response = place.broker().ask(
      "GET /git/forge.example/owner/read/info/refs?service=git-upload-pack HTTP/1.1\r\nhost: h\r\nauthorization: Basic "
      "YXR0YWNrZXI6a2V5\r\nauthorization: Bearer " + shown + "\r\nprivate-token: attackers\r\ncookie: k=attackers\r\n"
      "connection: close\r\n\r\n");
  CHECK(response.starts_with("HTTP/1.1 200 "));
  CHECK(contains(place.forge().heads(), "authorization: " + real_authorization + "\r\n"));
  CHECK_FALSE(contains(place.forge().heads(), "YXR0YWNrZXI6a2V5"));
  CHECK_FALSE(contains(place.forge().heads(), "attackers"));
  CHECK_FALSE(contains(place.forge().heads(), shown));
}

TEST_CASE("a token that the service does not accept is said, and nobody is asked for a password") {
  require_git();
  Place place("Basic of-somebody-else");
  const GitRun run = place.git("", {"clone", "https://forge.example/owner/read", "copy"});
  INFO(run.text);
  CHECK_FALSE(run.success);
  CHECK(contains(run.text, "remote: agentbox: forge.example does not accept the token"));
  CHECK_FALSE(contains(run.text, "Username"));
}

TEST_CASE("a redirect is refused, and an echoed token is masked in both of its forms") {
  require_git();
  const std::string request =
      "GET /git/forge.example/owner/read/info/refs?service=git-upload-pack HTTP/1.1\r\nhost: h\r\nauthorization: Bearer " +
      shown + "\r\nconnection: close\r\n\r\n";
  Place redirecting;
  redirecting.forge().answer_instead("HTTP/1.1 301 Moved\r\nlocation: https://evil.example/\r\ncontent-length: 0\r\n\r\n");
  const std::string response = redirecting.broker().ask(request);
  CHECK(response.starts_with("HTTP/1.1 502 "));
  CHECK(contains(response, "content-type: text/plain\r\n"));
  CHECK(contains(response, "redirect"));
  CHECK_FALSE(contains(response, "evil.example"));

  Place echoing;
  const std::string echo = "you sent " + real_authorization + ", that is " + token + "!";
  echoing.forge().answer_instead("HTTP/1.1 500 Oops\r\nx-echo: " + echo + "\r\ncontent-length: " +
                                 std::to_string(echo.size()) + "\r\n\r\n" + echo);
  const std::string echoed = echoing.broker().ask(request);
  CHECK(contains(echoed, "you sent Basic ***"));
  CHECK_FALSE(contains(echoed, token));
  CHECK_FALSE(contains(echoed, to_base64("x-access-token:" + token)));
}

}  // namespace agentbox::git_test
