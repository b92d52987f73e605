// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/blob_store.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(const char* data, std::size_t size) { check(EVP_DigestUpdate(context_.get(), data, size) == 1); }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    check(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) == 1);
    return to_hex(std::span(bytes).first(size));
  }

 private:
  static void check(bool done) {
    if (!done) {
      throw Error(ErrorKind::internal, "OpenSSL failed to compute a digest");
    }
  }
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

// Not cleared: most files are much smaller than it.
using Buffer = BlobStore::Buffer;

// Less than the buffer holds: that is all.
std::size_t fill(Buffer& buffer, const BlobStore::Source& source) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const std::size_t count = source(buffer.data() + size, buffer.size() - size);
    if (count == 0) {
      break;
    }
    size += count;
  }
  return size;
}

BlobStore::Source all_of(int fd, const std::string& name) {
  return [fd, name](char* buffer, std::size_t size) {
    ssize_t count = 0;
    do {
      count = ::read(fd, buffer, size);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      throw system_error("cannot read " + escape_untrusted(name));
    }
    return static_cast<std::size_t>(count);
  };
}

// What there is by now and not what comes while it is read: a log may grow as fast as that, for ever.
BlobStore::Source reader_of(int fd, const std::string& name) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    throw system_error("cannot look at " + escape_untrusted(name));
  }
  // Some file systems make files up as they are read, and know no size.
  return status.st_size == 0 ? all_of(fd, name) : BlobStore::first_of(all_of(fd, name), static_cast<std::uint64_t>(status.st_size));
}

}  // namespace

BlobStore::Source BlobStore::first_of(Source source, std::uint64_t size) {
  return [source = std::move(source), left = size](char* buffer, std::size_t room) mutable {
    const std::size_t wanted = std::min<std::uint64_t>(room, left);
    const std::size_t count = wanted == 0 ? 0 : source(buffer, wanted);
    left -= count;
    return count;
  };
}

BlobStore BlobStore::packed(const fs::path& directory) {
  make_directories(directory);
  BlobStore store(directory);
  store.pack_ = std::make_shared<BlobPack>(directory / "packed");
  return store;
}

BlobStore::Blob BlobStore::put(const Source& source) const {
  Buffer buffer;
  const std::size_t first = fill(buffer, source);
  if (first < buffer.size()) {  // all of it: no file is made of what is there
    const std::string_view content(buffer.data(), first);
    Sha256 digest;
    digest.add(content.data(), content.size());
    const Blob blob{.digest = digest.hex(), .size = first};
    if (pack_) {
      pack_->add(blob.digest, content);
      return blob;
    }
    return has(blob.digest) ? blob : store(buffer, first, source);
  }
  return store(buffer, first, source);
}

// first: how much of the content is in the buffer already.
BlobStore::Blob BlobStore::store(Buffer& buffer, std::size_t first, const Source& rest) const {
  make_directories(directory_);
  const fs::path half = directory_ / (".half-" + random_hex(8));
  Blob blob;
  try {
    const UniqueFd file = open_file(half, O_WRONLY | O_CREAT | O_EXCL, 0600);
    Sha256 digest;
    for (std::size_t count = first; count > 0; count = rest(buffer.data(), buffer.size())) {
      digest.add(buffer.data(), count);
      write_all(file.get(), std::string_view(buffer.data(), count));
      blob.size += count;
    }
    blob.digest = digest.hex();
    fs::rename(half, directory_ / blob.digest);
  } catch (...) {
    ::unlink(half.c_str());
    throw;
  }
  return blob;
}

BlobStore::Blob BlobStore::put_file(int fd, const std::string& name) const { return put(reader_of(fd, name)); }

std::string BlobStore::put_text(std::string_view text) const {
  return put([&text](char* buffer, std::size_t size) {
           const std::size_t count = text.copy(buffer, size);
           text.remove_prefix(count);
           return count;
         }).digest;
}

bool BlobStore::has(const std::string& digest) const {
  return (pack_ && pack_->has(digest)) || ::access((directory_ / digest).c_str(), F_OK) == 0;
}

UniqueFd BlobStore::open(const std::string& digest) const {
  return pack_ && pack_->has(digest) ? pack_->open(digest) : open_file(directory_ / digest, O_RDONLY | O_NOFOLLOW);
}

void BlobStore::copy_to(const std::string& digest, int fd) const {
  const UniqueFd file = open(digest);
  const Source source = reader_of(file.get(), digest);
  Sha256 found;
  Buffer buffer;
  while (const std::size_t count = source(buffer.data(), buffer.size())) {
    found.add(buffer.data(), count);
    write_all(fd, std::string_view(buffer.data(), count));
  }
  if (found.hex() != digest) {
    throw Error(ErrorKind::environment, "the kept content " + (directory_ / digest).string() + " was damaged",
                "its session's changes cannot be applied as a whole; name the other paths");
  }
}

std::string sha256_hex_of_fd(int fd, const std::string& name) {
  const BlobStore::Source source = reader_of(fd, name);
  Sha256 digest;
  Buffer buffer;
  while (const std::size_t count = source(buffer.data(), buffer.size())) {
    digest.add(buffer.data(), count);
  }
  return digest.hex();
}

}  // namespace agentbox
