// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "wire/process/links.hpp"

#include "sys/unique_fd.hpp"
#include "wire/process/problem.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace agentbox::wire {
namespace {

struct Option {
  const char* path;
  std::string_view value;
};

// IPv6 first of all: a device that comes up with it has an address at once.
constexpr Option kernel_options[] = {
    {"/proc/sys/net/ipv6/conf/all/disable_ipv6", "1"},
    {"/proc/sys/net/ipv6/conf/default/disable_ipv6", "1"},
    {"/proc/sys/net/ipv4/ip_forward", "0"},
    {"/proc/sys/net/ipv4/icmp_echo_ignore_all", "1"},
    // Refusals are limited to one a second by default; here they are the answer that programs wait for.
    {"/proc/sys/net/ipv4/icmp_ratelimit", "0"},
    // What the kernel keeps for one connection, accepted or not. The far end is on this machine, where a quarter of a
    // mebibyte is full speed.
    {"/proc/sys/net/ipv4/tcp_rmem", "4096 65536 262144"},
    {"/proc/sys/net/ipv4/tcp_wmem", "4096 65536 262144"},
};

void set_option(const Option& option) {
  const UniqueFd file(::open(option.path, O_WRONLY | O_CLOEXEC));
  if (!file && errno == ENOENT && std::string_view(option.path).find("/ipv6/") != std::string_view::npos) {
    return;  // a kernel without IPv6
  }
  if (!file || ::write(file.get(), option.value.data(), option.value.size()) < 0) {
    throw problem(Report::failed, std::string("cannot set ") + option.path);
  }
}

/// One rtnetlink request and its acknowledgement.
class Request {
 public:
  Request(std::uint16_t type, std::uint16_t flags) : header_(mnl_nlmsg_put_header(buffer_.data())) {
    header_->nlmsg_type = type;
    header_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    header_->nlmsg_seq = 1;
  }

  template <class Body>
  Body& body() {
    return *static_cast<Body*>(mnl_nlmsg_put_extra_header(header_, sizeof(Body)));
  }
  void put(std::uint16_t type, const char* text) { mnl_attr_put_strz(header_, type, text); }
  void put(std::uint16_t type, std::uint32_t number) { mnl_attr_put_u32(header_, type, number); }
  void put(std::uint16_t type, const in_addr& address) { mnl_attr_put(header_, type, sizeof address, &address); }
  void put(std::uint16_t type, const std::uint8_t (&mac)[6]) { mnl_attr_put(header_, type, sizeof mac, mac); }
  nlattr* begin(std::uint16_t type) { return mnl_attr_nest_start(header_, type); }
  void end(nlattr* nest) { mnl_attr_nest_end(header_, nest); }

  /// 0, or the kernel's error number in errno and -1.
  int send(mnl_socket* socket) {
    if (mnl_socket_sendto(socket, header_, header_->nlmsg_len) < 0) {
      return -1;
    }
    const ssize_t size = mnl_socket_recvfrom(socket, buffer_.data(), buffer_.size());
    return size < 0 ? -1 : mnl_cb_run(buffer_.data(), static_cast<std::size_t>(size), 1, 0, nullptr, nullptr);
  }

 private:
  alignas(nlmsghdr) std::array<char, 8192> buffer_{};
  nlmsghdr* header_;
};

using Netlink = std::unique_ptr<mnl_socket, decltype(&mnl_socket_close)>;

Netlink open_netlink() {
  Netlink socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC), mnl_socket_close);
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0) {
    throw problem(Report::failed, "cannot open rtnetlink");
  }
  return socket;
}

void send(const Netlink& netlink, Request& request, const char* what, Report report = Report::failed) {
  if (request.send(netlink.get()) < 0) {
    throw problem(report, std::string("cannot ") + what);
  }
}

int index_of(const char* link) {
  const unsigned index = ::if_nametoindex(link);
  if (index == 0) {
    throw problem(Report::failed, std::string("cannot find ") + link);
  }
  return static_cast<int>(index);
}

void make_cable(const Netlink& netlink) {
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  request.body<ifinfomsg>().ifi_family = AF_UNSPEC;
  request.put(IFLA_IFNAME, room_link);
  request.put(IFLA_MTU, mtu);
  request.put(IFLA_ADDRESS, room_mac);
  nlattr* info = request.begin(IFLA_LINKINFO);
  request.put(IFLA_INFO_KIND, "veth");
  nlattr* data = request.begin(IFLA_INFO_DATA);
  nlattr* peer = request.begin(VETH_INFO_PEER);
  request.body<ifinfomsg>().ifi_family = AF_UNSPEC;
  request.put(IFLA_IFNAME, wire_link);
  request.put(IFLA_MTU, mtu);
  request.end(peer);
  request.end(data);
  request.end(info);
  if (request.send(netlink.get()) < 0) {
    // AppArmor lets a program make its namespace, and then refuses what the namespace is for.
    const Report report = errno == EPERM || errno == EACCES ? Report::no_namespaces : Report::no_network_parts;
    throw problem(report, "cannot make a veth pair");
  }
}

void bring_up(const Netlink& netlink, const char* link, unsigned more_flags) {
  Request request(RTM_NEWLINK, 0);
  auto& body = request.body<ifinfomsg>();
  body.ifi_family = AF_UNSPEC;
  body.ifi_index = index_of(link);
  body.ifi_flags = IFF_UP | more_flags;
  body.ifi_change = IFF_UP | more_flags;
  send(netlink, request, "bring up a link");
}

in_addr address_of(const char* text) {
  in_addr address{};
  ::inet_pton(AF_INET, text, &address);
  return address;
}

/// With the guest as peer, the route of the link leads to the guest alone. A /24 would make its other addresses
/// neighbours, too, and nobody would answer for 10.0.2.3, the guest's name server.
void add_address(const Netlink& netlink) {
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  auto& body = request.body<ifaddrmsg>();
  body.ifa_family = AF_INET;
  body.ifa_prefixlen = 32;
  body.ifa_index = static_cast<unsigned>(index_of(room_link));
  request.put(IFA_LOCAL, address_of(room_address));
  request.put(IFA_ADDRESS, address_of(guest_address));
  send(netlink, request, "give the room its address");
}

/// Every address is ours, so the kernel takes what the guest sends to anywhere, and answers its ARP for any neighbour.
void make_all_addresses_local(const Netlink& netlink) {
  Request request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  auto& body = request.body<rtmsg>();
  body.rtm_family = AF_INET;
  body.rtm_table = RT_TABLE_MAIN;
  body.rtm_protocol = RTPROT_STATIC;
  body.rtm_scope = RT_SCOPE_HOST;
  body.rtm_type = RTN_LOCAL;
  request.put(RTA_OIF, static_cast<std::uint32_t>(index_of("lo")));
  send(netlink, request, "make all addresses local");
}

}  // namespace

void set_kernel_options() {
  for (const Option& option : kernel_options) {
    set_option(option);
  }
}

void compute_checksums(const char* link) {
  const UniqueFd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (const std::uint32_t feature : {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_STXCSUM}) {
    ethtool_value off{feature, 0};
    ifreq request{};
    std::strncpy(request.ifr_name, link, sizeof request.ifr_name - 1);
    request.ifr_data = reinterpret_cast<char*>(&off);
    if (::ioctl(any.get(), SIOCETHTOOL, &request) != 0) {
      throw problem(Report::failed, std::string("cannot turn offloads off for ") + link);
    }
  }
}

void make_links() {
  const Netlink netlink = open_netlink();
  make_cable(netlink);
  compute_checksums(room_link);
  bring_up(netlink, "lo", 0);
  bring_up(netlink, wire_link, IFF_NOARP);
  bring_up(netlink, room_link, 0);
  add_address(netlink);
  make_all_addresses_local(netlink);
}

}  // namespace agentbox::wire
