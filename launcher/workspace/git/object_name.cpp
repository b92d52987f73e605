// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/object_name.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>

#include "core/error.hpp"
#include "core/text.hpp"

namespace agentbox {
namespace {

class RunningDigest {
 public:
  explicit RunningDigest(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    require(context_ != nullptr && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1);
  }
  void add(std::string_view bytes) { require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    require(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) == 1);
    return to_hex(std::span(bytes).first(size));
  }

 private:
  static void require(bool done) {
    if (!done) {
      throw Error(ErrorKind::internal, "OpenSSL failed to compute a digest");
    }
  }
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

std::string header_of(std::uint64_t size) { return "blob " + std::to_string(size) + '\0'; }

}  // namespace

std::string git_object_name(const NodeState& state, const BlobStore& blobs, GitPlumbing::Digest digest) {
  RunningDigest name(digest == GitPlumbing::Digest::sha256 ? EVP_sha256() : EVP_sha1());
  if (state.kind == NodeState::Kind::link) {
    name.add(header_of(state.target.size()));
    name.add(state.target);
    return name.hex();
  }
  name.add(header_of(state.size));
  RunningDigest content(EVP_sha256());
  const UniqueFd file = blobs.open(state.digest);
  std::string buffer(std::size_t{256} * 1024, '\0');
  while (true) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      throw system_error("cannot read the kept content " + state.digest);
    }
    if (count == 0) {
      break;
    }
    const std::string_view part(buffer.data(), static_cast<std::size_t>(count));
    name.add(part);
    content.add(part);
  }
  if (content.hex() != state.digest) {
    throw Error(ErrorKind::environment, "the kept content " + state.digest + " was damaged");
  }
  return name.hex();
}

}  // namespace agentbox
