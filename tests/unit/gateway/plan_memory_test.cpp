// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "gateway/host/plan_memory.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace agentbox::plan_memory_test {

namespace {

constexpr std::size_t key_size = 60;
/// The key is nowhere but where the test puts it: here it is computed, letter by letter.
char letter(std::size_t i) { return static_cast<char>('A' + (i * 7 + i / 26 + 3) % 26); }

GatewayPlan plan_with_key() {
  std::string key;
  key.reserve(key_size);
  for (std::size_t i = 0; i < key_size; ++i) key += letter(i);
  GatewayPlan plan{.session = "s", .policy = std::string(200, 'p'), .rules = {}};
  plan.broker = nlohmann::json::object();
  plan.broker["key"] = std::move(key);
  return plan;
}

std::size_t copies_in(const std::vector<char>& memory) {
  std::size_t found = 0;
  // The first bytes of freed memory are the allocator's: half a key is found, too.
  for (std::size_t at = 0; at + key_size / 2 <= memory.size(); ++at) {
    std::size_t same = 0;
    while (same < key_size / 2 && memory[at + same] == letter(key_size / 2 + same)) ++same;
    found += same == key_size / 2 ? 1 : 0;
  }
  return found;
}

/// In all that this process has or had allocated.
std::size_t copies_in_memory() {
  std::size_t found = 0;
  const UniqueFd memory = open_file("/proc/self/mem", O_RDONLY);
  for (const std::string& line : split(read_file("/proc/self/maps"), '\n')) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char access[5] = "";
    const bool read = std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) == 3;
    const bool allocated = line.ends_with("[heap]") || line.find(" 00:00 0 ") != std::string::npos;
    if (!read || std::string(access) != "rw-p" || !allocated || line.ends_with("[stack]") || end - begin > (64UL << 20U))
      continue;
    std::vector<char> bytes(end - begin);
    const ssize_t count = ::pread(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(begin));
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    found += copies_in(bytes);
    std::fill(bytes.begin(), bytes.end(), '\0');
  }
  return found;
}

}  // namespace

// The text of a plan, each shorter text before it grew, and the tree it was made from were freed as they were: the real
// key stayed readable in the launcher and the gateway, for a core dump or an error that shows memory.
TEST_CASE("on its way a plan leaves no copy of a key in freed memory") {
  UniqueFd memory;
  {
    GatewayPlan plan = plan_with_key();
    REQUIRE(copies_in_memory() == 1);  // so the search finds what there is
    memory = make_plan_memory(plan);
    wipe_secrets(plan);
  }
  CHECK(copies_in_memory() == 0);

  GatewayPlan plan = read_plan_memory(memory);
  CHECK(plan.broker.at("key").get_ref<const std::string&>().size() == key_size);
  CHECK(copies_in_memory() == 1);
  wipe_secrets(plan);
  CHECK(copies_in_memory() == 0);
}

TEST_CASE("the memory is empty when the plan was read, and holds no second one") {
  const UniqueFd memory = make_plan_memory(plan_with_key());
  CHECK(read_plan_memory(memory).session == "s");
  struct stat info {};
  REQUIRE(::fstat(memory.get(), &info) == 0);
  CHECK(info.st_size == 0);
  CHECK_THROWS_AS(read_plan_memory(memory), Error);
}

}  // namespace agentbox::plan_memory_test
