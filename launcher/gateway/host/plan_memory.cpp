// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/host/plan_memory.hpp"

#include "core/error.hpp"
#include "gateway/wipe_json.hpp"
#include "sys/secret_memory.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ostream>
#include <streambuf>

namespace agentbox {
namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_plan = std::size_t{8} << 20U;
/// No key is longer.
constexpr std::size_t padding = std::size_t{16} << 10U;

/// The text is written where the gateway reads it: a string that grows would leave its earlier selves in freed memory.
class MappedText : public std::streambuf {
 public:
  explicit MappedText(int fd) : begin_(::mmap(nullptr, longest_plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) {
    if (begin_ == MAP_FAILED) {
      throw system_error("cannot hand the gateway its plan");
    }
    setp(static_cast<char*>(begin_), static_cast<char*>(begin_) + longest_plan);
  }
  MappedText(const MappedText&) = delete;
  MappedText& operator=(const MappedText&) = delete;
  ~MappedText() override { ::munmap(begin_, longest_plan); }
  [[nodiscard]] off_t size() const { return pptr() - pbase(); }

 private:
  void* begin_;
};

void resize(int fd, off_t size) {
  if (::ftruncate(fd, size) != 0) {
    throw system_error("cannot change the size of the gateway's plan");
  }
}

/// A parser holds each text in buffers of its own, which it never wipes. A long text that comes first makes them large
/// enough for all that follow, so that they do not move; one that comes last is written over what they held.
void pad(Json& tree) {
  tree[" "] = std::string(padding, ' ');
  tree["~"] = std::string(padding, ' ');
}

}  // namespace

UniqueFd make_plan_memory(const GatewayPlan& plan) {
  UniqueFd fd(::memfd_create("agentbox-plan", MFD_CLOEXEC));
  if (!fd) {
    throw system_error("cannot hand the gateway its plan");
  }
  Json tree = to_json(plan);
  const WipedAtEnd wiped(tree);
  pad(tree);
  resize(fd.get(), longest_plan);
  MappedText text(fd.get());
  std::ostream out(&text);
  out << tree;
  if (!out) {
    throw Error(ErrorKind::internal, "the gateway's plan is too long");
  }
  resize(fd.get(), text.size());
  return fd;
}

GatewayPlan read_plan_memory(const UniqueFd& memory) {
  struct stat info {};
  if (::fstat(memory.get(), &info) != 0) {
    throw system_error("cannot read the gateway's plan");
  }
  const SecretText text = read_secret(memory.get(), ByteSize(static_cast<std::uint64_t>(info.st_size)));
  resize(memory.get(), 0);
  Json tree = Json::parse(text.view(), nullptr, false);
  const WipedAtEnd wiped(tree);
  return gateway_plan_from_json(std::move(tree));
}

}  // namespace agentbox
