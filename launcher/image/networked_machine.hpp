// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/base/base_store.hpp"
#include "image/image_context.hpp"
#include "ssh/connection.hpp"
#include "vm/qemu/machine.hpp"
#include "wire/network_room.hpp"

#include <functional>
#include <optional>

namespace agentbox {

/// A QEMU process and, when its network card is on a wire, the room at the wire's other end. The room is declared
/// first, so it goes last: QEMU never sees its cable cut.
struct NetworkedMachine {
  std::optional<NetworkRoom> room;
  QemuMachine machine;
};

/// Begins to make the room of a machine; its dial socket stands beside files.directory ("vm" -> "vm.dial"), where QEMU cannot write.
/// Throws what NetworkRoom::begin() does.
NetworkRoom begin_room(const MachineFiles& files, const ImageContext& context);

/// What is done with the room's listeners as soon as there are any, before QEMU is started.
using WhenListening = std::function<void(RoomListeners)>;

/// Starts QEMU for spec. For a WireNetwork its room has to be ready first (begun: as begin_room() has begun it; none: it is made here), and the socket is
/// filled in. Throws what NetworkRoom::start() and QemuMachine::start() do.
NetworkedMachine start_machine(VmSpec spec, const MachineFiles& files, const ImageContext& context, const WhenListening& when_listening,
                               std::optional<NetworkRoom> begun = {});

/// The way to the root login of a machine of base: through its room, else by the port that QEMU forwards.
SshEndpoint root_login(NetworkedMachine& started, const BaseBuild& base);

}  // namespace agentbox
