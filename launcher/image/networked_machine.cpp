// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/networked_machine.hpp"

namespace agentbox {

NetworkRoom begin_room(const MachineFiles& files, const ImageContext& context) {
  std::filesystem::path dial = files.directory;
  dial += ".dial";
  const bool namespaces = files.confinement != Confinement::landlock;
  return NetworkRoom::begin({.program = context.shipped.wire_program,
                             .dial_socket = std::move(dial),
                             .stack = namespaces ? RoomSpec::Stack::kernel : RoomSpec::Stack::own});
}

NetworkedMachine start_machine(VmSpec spec, const MachineFiles& files, const ImageContext& context, const WhenListening& when_listening,
                               std::optional<NetworkRoom> begun) {
  auto* wire = std::get_if<WireNetwork>(&spec.network);
  if (wire == nullptr) {
    return {std::nullopt, QemuMachine::start(spec, files)};
  }
  NetworkRoom room = begun ? std::move(*begun) : begin_room(files, context);
  room.await_ready();
  when_listening(room.take_listeners());
  const UniqueFd cable = room.take_vm_end();  // ours closes here: the room is to see QEMU's end
  wire->socket = cable.get();
  QemuMachine machine = QemuMachine::start(spec, files);
  return {std::move(room), std::move(machine)};
}

SshEndpoint root_login(NetworkedMachine& started, const BaseBuild& base) {
  const Port sshd(22);
  using Server = decltype(SshEndpoint::server);
  return {.server = started.room ? Server(started.room->dial_socket(sshd))
                                 : Server(TcpAddress{.port = started.machine.ssh_port()}),
          .user = "root",
          .host_key = base.host_key,
          .private_key = base.private_key()};
}

}  // namespace agentbox
