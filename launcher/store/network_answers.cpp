// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/network_answers.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "store/strict_json.hpp"
#include "sys/file_lock.hpp"
#include "sys/files.hpp"

#include <algorithm>
#include <tuple>

namespace agentbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_hosts = 500;

NetworkAnswers load(const fs::path& file) {
  StrictJson json = StrictJson::load(file);
  NetworkAnswers answers{.project = json.text("project"), .policy = json.text("policy"), .hosts = json.texts("hosts")};
  json.finish();
  return answers;
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

/// A path is no file name, and a NUL is in neither part.
fs::path NetworkAnswerStore::file_of(const std::string& project, const std::string& policy) const {
  return directory_ / (sha256_hex(project + '\0' + policy) + ".json");
}

void NetworkAnswerStore::save(const NetworkAnswers& answers) const {
  const fs::path file = file_of(answers.project, answers.policy);
  if (answers.hosts.empty()) {
    fs::remove(file);
    return;
  }
  write_file_atomically(
      file, to_json_text({{"project", answers.project}, {"policy", answers.policy}, {"hosts", answers.hosts}}), 0600);
}

std::vector<std::string> NetworkAnswerStore::hosts(const std::string& project, const std::string& policy) const {
  const fs::path file = file_of(project, policy);
  return fs::exists(file) ? load(file).hosts : std::vector<std::string>{};
}

void NetworkAnswerStore::add(const std::string& project, const std::string& policy, const std::string& host) {
  make_directories(directory_);
  const FileLock lock = FileLock::acquire(directory_ / "lock", LockMode::exclusive);
  NetworkAnswers answers{.project = project, .policy = policy, .hosts = hosts(project, policy)};
  if (contains(answers.hosts, host)) {
    return;
  }
  if (answers.hosts.size() >= most_hosts) {
    throw Error(ErrorKind::environment, "too many hosts are allowed for " + escape_untrusted(project, 300) + " already",
                "Write a policy, or remove some: agentbox policy forget DIR");
  }
  answers.hosts.push_back(host);
  save(answers);
}

std::vector<NetworkAnswers> NetworkAnswerStore::list() const {
  std::vector<NetworkAnswers> all;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory_, missing)) {
    if (entry.path().extension() == ".json") {
      all.push_back(load(entry.path()));
    }
  }
  std::sort(all.begin(), all.end(), [](const NetworkAnswers& a, const NetworkAnswers& b) {
    return std::tie(a.project, a.policy) < std::tie(b.project, b.policy);
  });
  return all;
}

std::size_t NetworkAnswerStore::forget(const std::string& project, const std::vector<std::string>& hosts) {
  if (!fs::exists(directory_)) {
    return 0;
  }
  const FileLock lock = FileLock::acquire(directory_ / "lock", LockMode::exclusive);
  std::size_t count = 0;
  for (NetworkAnswers answers : list()) {
    if (answers.project != project) {
      continue;
    }
    const std::size_t removed =
        std::erase_if(answers.hosts, [&](const std::string& host) { return hosts.empty() || contains(hosts, host); });
    if (removed > 0) {
      save(answers);
    }
    count += removed;
  }
  return count;
}

}  // namespace agentbox
