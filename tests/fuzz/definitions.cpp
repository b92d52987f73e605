// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// YAML of definitions: a cloned project or a colleague may have written them. Each loader accepts, or says with
// Error{config} where and why not; nothing else comes out of it, whatever comes in.
#include "config/loaders.hpp"
#include "config/project_file.hpp"
#include "config/tighten.hpp"
#include "config/yaml/reader.hpp"

#include "support/check.hpp"

using namespace agentbox;
using fuzz::check;

namespace {

template <class Parse>
void accepts_or_explains(Parse parse) {
  try {
    static_cast<void>(parse());
  } catch (const Error& error) {
    check(error.kind() == ErrorKind::config);
    const std::string_view message = error.what();
    check(message.starts_with("x.yaml") && message.find_first_of(std::string_view("\x1b\0\r", 3)) == message.npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  accepts_or_explains([&] { return parse_yaml(text, "x.yaml"); });
  accepts_or_explains([&] { return parse_policy(text, "x.yaml"); });
  accepts_or_explains([&] { return parse_agent_profile(text, "x.yaml"); });
  accepts_or_explains([&] { return parse_base_image(text, "x.yaml"); });
  accepts_or_explains([&] { return parse_provider(text, "x.yaml"); });
  accepts_or_explains([&] { return parse_egress_group(text, "x.yaml"); });
  accepts_or_explains([&] { return parse_price_table(text, "x.yaml"); });
  accepts_or_explains([&] { return parse_user_config(text, "x.yaml"); });
  accepts_or_explains([&] { return tighten({}, parse_project_file(text, "x.yaml")); });
  return 0;
}
