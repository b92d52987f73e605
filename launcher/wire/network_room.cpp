// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/network_room.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/bubblewrap.hpp"
#include "sys/fd_passing.hpp"
#include "sys/unix_socket.hpp"
#include "wire/protocol.hpp"

#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <utility>

namespace agentbox {
namespace {

// Making a room takes milliseconds; on a host that is out of everything nobody should wait for ever.
constexpr std::chrono::seconds start_time{30};

/// Messages keep their borders, and unlike with datagrams the other side's end is seen.
SocketPair make_control() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw system_error("cannot make a socket pair");
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Of our frames a socket holds three by default. More than the host allows is not given, without an error.
void enlarge_buffers(const SocketPair& frames) {
  const int bytes = 4 << 20;
  for (const UniqueFd* end : {&frames.ours, &frames.theirs}) {
    ::setsockopt(end->get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
}

const char* hint_for(wire::Report report) {
  switch (report) {
    case wire::Report::no_namespaces:
      return "Allow unprivileged user namespaces:\n"
             "  sysctl kernel.unprivileged_userns_clone=1 (Debian), kernel.apparmor_restrict_unprivileged_userns=0 "
             "(Ubuntu);\n"
             "  in a container, run it with a seccomp profile that permits unshare(2).\n"
             "Or give up this boundary for now: --unconfined leaves the network to QEMU.";
    case wire::Report::no_network_parts:
      return "The kernel needs veth and nf_tables with tproxy: load them as root (modprobe -a veth nf_tables "
             "nft_tproxy "
             "nft_reject_ipv4),\nor boot a kernel that has them. Or give up this boundary for now: --unconfined leaves "
             "the "
             "network to QEMU.";
    case wire::Report::ready:
    case wire::Report::failed:
      break;
  }
  return "";
}

bool is_ours(const UniqueFd& name_space, const char* kind) {
  struct stat theirs {};
  struct stat ours {};
  return ::fstat(name_space.get(), &theirs) != 0 || ::stat(("/proc/self/ns/" + std::string(kind)).c_str(), &ours) != 0 ||
         (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino);
}

bool is_unix(const UniqueFd& socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

/// agentbox-wire has made itself unreadable: /proc shows its status, but no namespaces to an ordinary user. The socket
/// tells which network the guest's packets end in, and whose that is; its owner may ask. The others it has handed out itself,
/// before it heard anything of the guest.
std::vector<std::string> missing_namespaces(const std::vector<UniqueFd>& fds) {
  constexpr std::array kinds{std::pair("mnt", CLONE_NEWNS), std::pair("ipc", CLONE_NEWIPC), std::pair("uts", CLONE_NEWUTS)};
  std::vector<std::string> missing;
  const UniqueFd network(::ioctl(fds[0].get(), SIOCGSKNS));
  const UniqueFd user(network ? ::ioctl(network.get(), NS_GET_USERNS) : -1);
  if (is_ours(network, "net")) missing.emplace_back("a net namespace of its own");
  if (is_ours(user, "user")) missing.emplace_back("a user namespace of its own");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const UniqueFd& space = fds[i + 2];
    if (::ioctl(space.get(), NS_GET_NSTYPE) != kinds[i].second || is_ours(space, kinds[i].first)) {
      missing.push_back("a " + std::string(kinds[i].first) + " namespace of its own");
    }
  }
  return missing;
}

void check_walls(pid_t pid, RoomSpec::Stack stack, const std::vector<UniqueFd>& fds) {
  auto missing = missing_walls(pid, {});
  if (stack == RoomSpec::Stack::kernel) {
    const auto more = missing_namespaces(fds);
    missing.insert(missing.end(), more.begin(), more.end());
  } else if (!is_unix(fds[0]) || !is_unix(fds[1])) {
    missing.emplace_back("a network that is no network");
  }
  if (!missing.empty()) {
    throw Error(ErrorKind::environment, "agentbox-wire is not locked in as it should be: it lacks " + join(missing, ", "),
                "this host's kernel does less than agentbox counts on; nothing was started");
  }
}

}  // namespace

NetworkRoom NetworkRoom::start(const RoomSpec& spec) {
  NetworkRoom room = begin(spec);
  room.await_ready();
  return room;
}

NetworkRoom NetworkRoom::begin(const RoomSpec& spec) {
  SocketPair control = make_control();
  SocketPair frames = make_socket_pair();
  enlarge_buffers(frames);
  const UniqueFd dial = listen_unix(spec.dial_socket);
  std::vector<std::string> argv{spec.program.native()};
  if (spec.stack == RoomSpec::Stack::own) {
    argv.emplace_back(wire::own_stack_option);
  }
  NetworkRoom room(spec.stack,
                   ChildProcess::spawn({.argv = std::move(argv),
                                        .environment = std::vector<std::string>{"PATH=/usr/bin:/bin"},
                                        .working_directory = "/",
                                        .fds = {{control.theirs.get(), wire::control_fd},
                                                {frames.theirs.get(), wire::vm_fd},
                                                {dial.get(), wire::dial_fd}}}),
                   std::move(control.ours), std::move(frames.ours), spec.dial_socket);
  control.theirs.reset();  // or its death would not be seen
  return room;
}

void NetworkRoom::await_ready() {
  const std::string attempt = "cannot make the session's network room: ";
  if (!wait_readable(control_.get(), Clock::now() + start_time)) {
    throw Error(ErrorKind::environment, attempt + "agentbox-wire does not answer");
  }
  auto message = receive_with_fds(control_.get(), wire::longest_report);
  if (!message || message->bytes.empty()) {
    throw Error(ErrorKind::environment, attempt + "agentbox-wire ended (" + process_.wait().describe() + ")");
  }
  const auto report = static_cast<wire::Report>(message->bytes.front());
  if (report != wire::Report::ready || message->fds.size() != (stack_ == RoomSpec::Stack::kernel ? 5 : 2)) {
    throw Error(ErrorKind::environment, attempt + escape_untrusted(message->bytes.substr(1)), hint_for(report));
  }
  check_walls(process_.pid(), stack_, message->fds);
  listeners_ = {std::move(message->fds[0]), std::move(message->fds[1])};
}

NetworkRoom::~NetworkRoom() {
  if (!dial_path_.empty()) {
    process_.terminate(std::chrono::milliseconds(0));  // it holds nothing that wants an orderly end
    std::error_code ignored;
    std::filesystem::remove(dial_path_, ignored);
  }
}

}  // namespace agentbox
