// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/change_uid.hpp"

#include "guest/fail.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace agentbox::guest {
namespace {

namespace fs = std::filesystem;

void hand_over(const fs::path& path, uid_t from, uid_t to) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || (info.st_uid == from && lchown(path.c_str(), to, static_cast<gid_t>(-1)) != 0)) {
    fail("cannot hand over " + path.string());
  }
}

void replace_passwords(const std::string& text) {
  const char* const aside = "/etc/passwd.agentbox";
  std::ofstream file(aside);
  file << text;
  file.close();
  if (!file || chmod(aside, 0644) != 0 || std::rename(aside, "/etc/passwd") != 0) {
    fail("cannot write /etc/passwd");
  }
}

}  // namespace

std::string with_uid(const std::string& passwords, const std::string& user, uid_t uid) {
  std::istringstream lines(passwords);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(user + ":")) {
      const auto begin = line.find(':', user.size() + 1) + 1;  // behind name and password
      const auto end = line.find(':', begin);
      if (begin == 0 || end == std::string::npos) {
        throw std::runtime_error("/etc/passwd is not as it should be");
      }
      line.replace(begin, end - begin, std::to_string(uid));
    }
    result += line + "\n";
  }
  return result;
}

void change_uid(User& user, uid_t uid) {
  if (user.uid == uid) {
    return;
  }
  std::ostringstream passwords;
  passwords << std::ifstream("/etc/passwd").rdbuf();
  replace_passwords(with_uid(passwords.str(), user.name, uid));
  hand_over(user.home, user.uid, uid);
  for (const auto& entry : fs::recursive_directory_iterator(user.home)) {  // does not follow links
    hand_over(entry.path(), user.uid, uid);
  }
  user.uid = uid;
}

}  // namespace agentbox::guest
