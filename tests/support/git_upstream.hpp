// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/http_peers.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace agentbox::test {

/// What a program printed, both streams, and how it ended.
struct GitRun {
  std::string text;
  bool success = false;
};

/// Runs git with input's bytes on its standard input; errors go where output goes.
inline GitRun run_git(const std::vector<std::string>& arguments, std::vector<std::string> environment,
                      const std::filesystem::path& directory, const std::string& input = "") {
  const TempDir place(std::filesystem::temp_directory_path(), "git-run");
  const auto open = [&](const char* name, int flags) {
    return UniqueFd(::open((place.path() / name).c_str(), flags | O_CREAT | O_CLOEXEC, 0600));
  };
  UniqueFd in = open("in", O_RDWR);
  for (std::string_view left = input; !left.empty();) {
    const auto count = ::write(in.get(), left.data(), left.size());
    if (count <= 0) throw std::runtime_error("cannot write");
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  ::lseek(in.get(), 0, SEEK_SET);
  const UniqueFd out = open("out", O_RDWR | O_APPEND);
  ProcessSpec spec{.argv = {"git"},
                   .environment = std::move(environment),
                   .working_directory = directory,
                   .fds = {{in.get(), 0}, {out.get(), 1}, {out.get(), 2}}};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  const bool success = ChildProcess::spawn(spec).wait().success();
  return {read_file(place.path() / "out", ByteSize::mebibytes(64)), success};
}

/// A git hosting service: `git http-backend` on bare repositories of its own, behind TLS and a token. All requests' heads
/// are kept.
class GitUpstream {
 public:
  GitUpstream(Identity& identity, std::string expected_authorization)
      : expected_(std::move(expected_authorization)),
        root_(std::filesystem::temp_directory_path(), "git-upstream"),
        server_([this](Peer& peer) { serve(peer); }, &identity) {}

  [[nodiscard]] std::string url() const { return server_.url(); }
  [[nodiscard]] std::filesystem::path repository(const std::string& name) const { return root_.path() / (name + ".git"); }
  void answer_instead(std::string response) { instead_ = std::move(response); }  ///< before anybody asks

  void make_repository(const std::string& name) {
    const auto directory = repository(name);
    std::filesystem::create_directories(directory);
    git({"init", "-q", "--bare", "-b", "main"}, directory);
    git({"config", "http.receivepack", "true"}, directory);
    git({"config", "receive.advertisePushOptions", "true"}, directory);
    const std::string tree = git({"mktree"}, directory);
    const std::string commit = git({"commit-tree", "-m", "first", tree}, directory);
    git({"update-ref", "refs/heads/main", commit}, directory);
    git({"update-ref", "refs/heads/agent/old", commit}, directory);
  }
  /// What a ref points to; empty when it is not there.
  [[nodiscard]] std::string ref(const std::string& name, const std::string& ref) const {
    return git({"for-each-ref", "--format=%(objectname)", ref}, repository(name));
  }
  [[nodiscard]] std::string heads() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }

 private:
  static std::vector<std::string> environment() {
    return {"PATH=/usr/bin:/bin",          "HOME=/nonexistent",       "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a",
            "GIT_AUTHOR_EMAIL=a@b.invalid", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b.invalid"};
  }
  static std::string git(const std::vector<std::string>& arguments, const std::filesystem::path& directory) {
    GitRun run = run_git(arguments, environment(), directory);
    if (!run.success) throw std::runtime_error("git " + arguments.front() + ": " + run.text);
    while (run.text.ends_with('\n')) run.text.pop_back();
    return run.text;
  }

  static std::string header(const std::string& head, const std::string& name) {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }

  static std::string read_body(Peer& peer, const std::string& head) {
    std::string body;
    if (const std::string length = header(head, "content-length"); !length.empty())
      body = peer.exactly(std::strtoul(length.c_str(), nullptr, 10));
    if (header(head, "transfer-encoding").empty()) return body;
    for (;;) {
      const std::size_t size = std::strtoul(peer.until("\r\n").c_str(), nullptr, 16);
      body += peer.exactly(size);
      peer.until("\r\n");
      if (size == 0) return body;
    }
  }

  void serve(Peer& peer) {
    for (std::string head = peer.until("\r\n\r\n"); head.ends_with("\r\n\r\n"); head = peer.until("\r\n\r\n")) {
      const std::string body = read_body(peer, head);
      {
        const std::lock_guard lock(mutex_);
        heads_ += head;
      }
      if (!peer.send(answer(head, body))) return;
    }
  }

  std::string answer(const std::string& head, const std::string& body) {
    if (!instead_.empty()) return instead_;
    if (header(head, "authorization") != expected_)
      return "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=\"x\"\r\ncontent-length: 0\r\n\r\n";
    const auto space = head.find(' ');
    const std::string target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    const auto question = std::min(target.find('?'), target.size());
    auto variables = environment();
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"GIT_PROJECT_ROOT", root_.path().string()},
                                      {"GIT_HTTP_EXPORT_ALL", "1"},
                                      {"PATH_INFO", target.substr(0, question)},
                                      {"QUERY_STRING", target.substr(std::min(question + 1, target.size()))},
                                      {"REQUEST_METHOD", head.substr(0, space)},
                                      {"CONTENT_TYPE", header(head, "content-type")},
                                      {"HTTP_CONTENT_ENCODING", header(head, "content-encoding")},
                                      {"GIT_PROTOCOL", header(head, "git-protocol")}})
      variables.push_back(name + "=" + value);
    const std::string text = run_git({"http-backend"}, variables, root_.path(), body).text;
    const auto end = std::min(text.find("\r\n\r\n"), text.size());
    const std::string headers = text.substr(0, end);
    const std::string content = text.substr(std::min(end + 4, text.size()));
    const std::string status = headers.starts_with("Status: ") ? headers.substr(8, headers.find("\r\n") - 8) : "200 OK";
    return "HTTP/1.1 " + status + "\r\n" + headers + "\r\ncontent-length: " + std::to_string(content.size()) +
           "\r\n\r\n" + content;
  }

  std::string expected_;
  TempDir root_;
  std::string instead_;
  std::mutex mutex_;
  std::string heads_;
  UpstreamServer server_;  // last: its threads use the rest
};

}  // namespace agentbox::test
