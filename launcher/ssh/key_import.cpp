// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/key_import.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <string_view>

namespace agentbox {

SshKeyOwner import_public_key(const std::string& line) {
  static constexpr std::string_view type = "ssh-ed25519 ";
  const auto refuse = [&line] {
    return Error(ErrorKind::backend, fmt::format("'{}' is no ssh-ed25519 public key", escape_untrusted(line, 80)));
  };
  if (!line.starts_with(type)) {
    throw refuse();
  }
  const std::string rest(trim(std::string_view(line).substr(type.size())));
  const std::string base64 = rest.substr(0, rest.find_first_of(" \t\n"));
  ssh_key key = nullptr;
  if (ssh_pki_import_pubkey_base64(base64.c_str(), SSH_KEYTYPE_ED25519, &key) != SSH_OK) {
    throw refuse();
  }
  return SshKeyOwner(key);
}

SshKeyOwner import_private_key(const std::string& pem) {
  ssh_key key = nullptr;
  if (ssh_pki_import_privkey_base64(pem.c_str(), nullptr, nullptr, nullptr, &key) != SSH_OK) {
    throw Error(ErrorKind::backend, "the private key for the guest is not in OpenSSH's format");
  }
  return SshKeyOwner(key);
}

}  // namespace agentbox
