// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/handles.hpp"

#include <string>

namespace agentbox {

/// From "ssh-ed25519 AAAA... [comment]"; no other type is accepted. Throws Error{backend}.
SshKeyOwner import_public_key(const std::string& line);

/// From an OpenSSH PEM without a passphrase. Throws Error{backend}, which never quotes the text.
SshKeyOwner import_private_key(const std::string& pem);

}  // namespace agentbox
