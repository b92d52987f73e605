// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/make_path.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "guest/fail.hpp"

namespace agentbox::guest {

void make_path(const std::string& path, const User* owner) {
  for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    struct stat status {};
    if (mkdir(part.c_str(), 0755) == 0) {
      if (owner != nullptr && chown(part.c_str(), owner->uid, owner->gid) != 0) {
        fail("cannot hand over " + part);
      }
    } else if (errno != EEXIST) {
      fail("cannot make " + part);
    } else if (owner == nullptr && stat(part.c_str(), &status) == 0 && (status.st_mode & S_IXOTH) == 0) {
      chmod(part.c_str(), (status.st_mode & 07777) | S_IXOTH);
    }
    if (at == std::string::npos) {
      return;
    }
  }
}

}  // namespace agentbox::guest
