// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/bpf.hpp"
#include "sys/bubblewrap.hpp"
#include "sys/landlock.hpp"
#include "vm/qemu/machine.hpp"
#include "vm/qemu/spec.hpp"

/// The room around QEMU where user namespaces cannot be had: no namespaces, so QEMU is an ordinary process of the user's that
/// may open what confine() would have shown it, and nothing else (Landlock), start nothing, reach no other process and make
/// no socket (seccomp). The names of the host's files stay what they are. What is left open is in docs/decisions/0009.
namespace agentbox {

/// What QEMU may open. Pure. spec, files: absolute host paths.
PathRules landlock_rules(const VmSpec& spec, const MachineFiles& files, const HostLayout& host);

/// TCP ports: only QEMU's own user networking needs them.
LandlockNetwork landlock_network(const NetworkDevice& network);

/// Takes away what Landlock leaves to a process: truncating by name and by opening to read (kernels before 6.2), extended
/// attributes by name, and sockets: all with a wire, with user networking all but IPv4's and IPv6's. Pure.
bpf::Program landlock_gap_filter(const NetworkDevice& network);

}  // namespace agentbox
