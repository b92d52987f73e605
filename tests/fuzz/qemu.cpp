// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// What QEMU says to the launcher, which guards it: QMP messages, its monitor's table of ports, the header of an image.
#include "vm/qemu/qcow2.hpp"
#include "vm/qemu/qmp.hpp"
#include "vm/qemu/usernet.hpp"

#include "support/check.hpp"

#include <vector>

using namespace agentbox;
using fuzz::check;

namespace {

/// All messages as text, and "!" where the stream turned out to be no QMP.
std::vector<std::string> messages(std::string_view text, std::size_t piece) {
  QmpFramer framer;
  std::vector<std::string> list;
  try {
    fuzz::in_pieces(text, piece, [&](std::string_view part) {
      framer.feed(part);
      while (const auto message = framer.next()) {
        check(message->is_object());
        list.push_back(message->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      }
    });
  } catch (const Error& error) {
    check(error.kind() == ErrorKind::backend);
    list.emplace_back("!");
  }
  return list;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto whole = messages(text, size + 1);
  check(whole == messages(text, 1) && whole == messages(text, 13));
  static_cast<void>(forwarded_port(text, Port(22)));
  fuzz::parses_or_throws([&] {
    const ByteSize virtual_size = qcow2_virtual_size(text);
    check(virtual_size.bytes() > 0);
    return virtual_size;
  });
  return 0;
}
