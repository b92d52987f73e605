// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/templates/template_builder.hpp"
#include "support/catch.hpp"
#include "support/image_support.hpp"
#include "sys/files.hpp"

namespace agentbox::template_key_test {

using namespace agentbox::test;

// A template's saved state holds the network card with all its features: restored with another card it is garbage. What
// the card reaches is the host's side and leaves no trace in the state.
TEST_CASE("templates with another kind of network card are other templates") {
  const TempDir place(std::filesystem::temp_directory_path(), "key");
  write_file_atomically(place.path() / "helper", "");
  RecordedProgress progress;
  const Catalog definitions = Definitions().catalog();
  const ImageContext context{
      .catalog = definitions,
      .directories = {.config = place.path(), .data = place.path(), .state = place.path(), .cache = place.path()},
      .shipped = {.definitions = place.path(), .guest_helper = place.path() / "helper", .wire_program = {}, .gateway_program = {}},
      .user_config = {},
      .qemu = {.path = "/usr/bin/qemu-system-x86_64", .version = "7.2.22", .build = "7.2.22 (x)"},
      .progress = progress};
  const auto key_with = [&](const NetworkDevice& network) {
    return template_key({.base = {},
                         .shape = {Accelerator::tcg, 2, ByteSize::gibibytes(2)},
                         .disk = ByteSize::gibibytes(8),
                         .network = network},
                        context)
        .name();
  };
  CHECK(key_with(WireNetwork{}) != key_with(UserNetwork{}));
  CHECK(key_with(WireNetwork{7}) == key_with(WireNetwork{}));
  CHECK(key_with(UserNetwork{NetworkMode::offline}) == key_with(UserNetwork{NetworkMode::open}));
}

}  // namespace agentbox::template_key_test
