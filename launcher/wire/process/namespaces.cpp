// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/namespaces.hpp"

#include "sys/landlock.hpp"
#include "sys/unique_fd.hpp"
#include "wire/process/problem.hpp"
#include "wire/process/syscall_filter.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace agentbox::wire {
namespace {

void write_proc(const char* path, std::string_view text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw problem(Report::no_namespaces, std::string("cannot write ") + path);
  }
}

void limit(__rlimit_resource what, rlim_t most) {
  const rlimit value{most, most};
  if (::setrlimit(what, &value) != 0) {
    throw problem(Report::failed, "cannot set a resource limit");
  }
}

/// As many as there may be, should the host allow fewer; returns how many that are.
rlim_t limit_descriptors(rlim_t most) {
  rlimit now{};
  if (::getrlimit(RLIMIT_NOFILE, &now) == 0) {
    most = std::min(most, now.rlim_max);
  }
  limit(RLIMIT_NOFILE, most);
  return most;
}

void drop_capabilities() {
  // The bounding set first: taking from it needs a capability. Past the kernel's last one prctl fails.
  for (int capability = 0; ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; ++capability) {
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 || ::syscall(SYS_capset, &header, none) != 0) {
    throw problem(Report::failed, "cannot drop capabilities");
  }
}

}  // namespace

void enter_namespaces() {
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
    throw problem(Report::no_namespaces, "cannot make user and network namespaces");
  }
  write_proc("/proc/self/setgroups", "deny");
  write_proc("/proc/self/uid_map", std::to_string(our_user) + " " + user + " 1");
  write_proc("/proc/self/gid_map", "0 " + group + " 1");
}

void leave_file_system() {
  // A mount over /proc hides nothing that is still needed, and the directory exists on every host.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("none", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,nr_inodes=1,mode=555") != 0 ||
      ::chdir("/proc") != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 ||
      ::umount2(".", MNT_DETACH) != 0 ||  // the old root, which lies over the new one
      ::chdir("/") != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) !=
          0) {
    throw problem(Report::failed, "cannot leave the file system");
  }
}

void leave_everything() {
  try {
    const UniqueFd ruleset = make_ruleset({}, LandlockNetwork::none);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || restrict_self(ruleset.get()) != 0) {
      throw problem(Report::no_namespaces, "cannot restrict itself by Landlock");
    }
  } catch (const Error& error) {
    throw Problem(Report::no_namespaces, error.what());
  }
}

unsigned give_up_rights(std::vector<sock_filter> filter, unsigned descriptors) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NPROC, 0);
  const auto granted = static_cast<unsigned>(limit_descriptors(descriptors));
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    throw problem(Report::failed, "cannot give up rights");
  }
  drop_capabilities();
  install_syscall_filter(std::move(filter));
  return granted;
}

}  // namespace agentbox::wire
