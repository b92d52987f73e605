// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/signals.hpp"

#include <openssl/evp.h>

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

namespace agentbox {

namespace {

class Digest {
 public:
  explicit Digest(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), algorithm, nullptr) != 1) {
      throw Error(ErrorKind::internal, "OpenSSL refuses to compute a digest");
    }
  }
  void add(const void* data, std::size_t size) {
    if (EVP_DigestUpdate(context_.get(), data, size) != 1) {
      throw Error(ErrorKind::internal, "OpenSSL failed to compute a digest");
    }
  }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) != 1) {
      throw Error(ErrorKind::internal, "OpenSSL failed to compute a digest");
    }
    return to_hex(std::span(bytes).first(size));
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

std::string hex_of_file(const EVP_MD* algorithm, const std::filesystem::path& path) {
  Digest digest(algorithm);
  const UniqueFd fd = open_file(path, O_RDONLY);
  std::array<char, 65536> buffer;  // not cleared: most files are much smaller
  while (true) {
    throw_if_interrupted();
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) {
      throw system_error("cannot read " + escape_untrusted(path.native()));
    }
    if (count == 0) {
      return digest.hex();
    }
    if (count > 0) {
      digest.add(buffer.data(), static_cast<std::size_t>(count));
    }
  }
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  Digest digest(EVP_sha256());
  digest.add(text.data(), text.size());
  return digest.hex();
}

std::string sha256_hex_of_file(const std::filesystem::path& path) { return hex_of_file(EVP_sha256(), path); }

std::string sha512_hex_of_file(const std::filesystem::path& path) { return hex_of_file(EVP_sha512(), path); }

std::vector<unsigned char> random_bytes(std::size_t count) {
  std::vector<unsigned char> random(count);
  std::size_t done = 0;
  while (done < count) {
    const ssize_t step = ::getrandom(random.data() + done, count - done, 0);
    if (step < 0 && errno != EINTR) {
      throw system_error("cannot get random bytes");
    }
    done += step > 0 ? static_cast<std::size_t>(step) : 0;
  }
  return random;
}

std::string random_hex(std::size_t bytes) { return to_hex(random_bytes(bytes)); }

}  // namespace agentbox
