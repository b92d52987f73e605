// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/keys.hpp"

#include "core/error.hpp"
#include "ssh/key_import.hpp"
#include "support/catch.hpp"

namespace agentbox::keys_test {

TEST_CASE("a generated pair is in OpenSSH's formats and its halves belong together") {
  const KeyPair pair = generate_key_pair();
  CHECK(pair.private_key.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
  CHECK(pair.public_key.starts_with("ssh-ed25519 AAAA"));
  CHECK(pair.public_key.find('\n') == std::string::npos);
  const auto private_half = import_private_key(pair.private_key);
  const auto public_half = import_public_key(pair.public_key);
  CHECK(ssh_key_cmp(private_half.get(), public_half.get(), SSH_KEY_CMP_PUBLIC) == 0);
}

TEST_CASE("two generated pairs differ") { CHECK(generate_key_pair().public_key != generate_key_pair().public_key); }

TEST_CASE("a public key may carry a comment and surrounding blanks") {
  const std::string line = generate_key_pair().public_key;
  const auto plain = import_public_key(line);
  for (const std::string& variant : {line + " root@guest", line + "\n", line + " a comment\n"}) {
    CHECK(ssh_key_cmp(plain.get(), import_public_key(variant).get(), SSH_KEY_CMP_PUBLIC) == 0);
  }
}

TEST_CASE("what is no ed25519 public key is refused") {
  const std::string line = generate_key_pair().public_key;
  for (const std::string& bad : {std::string(), std::string("ssh-ed25519"), std::string("ssh-ed25519 AAAA"),
                                 std::string("ssh-rsa ") + line.substr(12), line.substr(12), line.substr(0, 40)}) {
    INFO(bad);
    CHECK_THROWS_AS(import_public_key(bad), Error);
  }
}

TEST_CASE("a broken private key is refused without being quoted") {
  std::string pem = generate_key_pair().private_key;
  pem[pem.size() / 2] = '!';
  try {
    import_private_key(pem);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find(pem.substr(60, 20)) == std::string::npos);
  }
}

}  // namespace agentbox::keys_test
