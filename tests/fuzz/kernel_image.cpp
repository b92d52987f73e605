// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// A kernel as it comes, and as what an image holds, whose ELF file is read then.
#include "image/base/kernel_image.hpp"

#include "../support/bz_image.hpp"
#include "support/check.hpp"

using namespace agentbox;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  static_cast<void>(unpacked_kernel(text));
  // Not packed at all is a format to what unpacks.
  std::string kernel = test::elf_kernel(text);
  const auto inside = [](const std::string& content) {
    const auto found = unpacked_kernel(test::bz_image(content, static_cast<std::uint32_t>(content.size())));
    check(!found || *found == content);
  };
  inside(kernel);
  // Its headers, too.
  for (std::size_t i = 0; i < size && i < kernel.size(); ++i) {
    kernel[i] = static_cast<char>(kernel[i] ^ text[size - 1 - i]);
  }
  inside(kernel);
  return 0;
}
