// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/base/base_store.hpp"
#include "ssh/keys.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox::test {

/// As much of a base build as a login needs.
struct BaseWithKeys {
  BaseWithKeys() {
    build.directory = directory.path();
    build.host_key = generate_key_pair().public_key;
    write_file_atomically(directory.path() / "id_ed25519", generate_key_pair().private_key);
  }
  TempDir directory{std::filesystem::temp_directory_path(), "base"};
  BaseBuild build;
};

}  // namespace agentbox::test
