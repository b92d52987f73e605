// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace agentbox {

/// A fresh ed25519 key pair in OpenSSH's formats.
struct KeyPair {
  std::string private_key;  ///< PEM ("-----BEGIN OPENSSH PRIVATE KEY-----")
  std::string public_key;   ///< one line: "ssh-ed25519 AAAA..."
};

KeyPair generate_key_pair();

}  // namespace agentbox
