// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/keys.hpp"

#include "core/error.hpp"
#include "ssh/handles.hpp"

#include <cstring>

namespace agentbox {

KeyPair generate_key_pair() {
  ssh_key generated = nullptr;
  if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &generated) != SSH_OK) {
    throw Error(ErrorKind::environment, "cannot generate an SSH key");
  }
  const SshKeyOwner key(generated);

  char* text = nullptr;
  if (ssh_pki_export_privkey_base64(key.get(), nullptr, nullptr, nullptr, &text) != SSH_OK) {
    throw Error(ErrorKind::internal, "cannot export an SSH private key");
  }
  const SshTextOwner private_text(text);
  KeyPair pair{.private_key = text, .public_key = "ssh-ed25519 "};
  ::explicit_bzero(text, std::strlen(text));

  if (ssh_pki_export_pubkey_base64(key.get(), &text) != SSH_OK) {
    throw Error(ErrorKind::internal, "cannot export an SSH public key");
  }
  pair.public_key += SshTextOwner(text).get();
  return pair;
}

}  // namespace agentbox
