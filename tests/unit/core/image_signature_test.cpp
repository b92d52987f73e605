// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/image_signature.hpp"
#include "support/catch.hpp"

namespace agentbox::image_signature_test {

using namespace std::string_view_literals;

TEST_CASE("an image is known by how it begins, and nothing else is one") {
  CHECK(image_extension("\x89PNG\r\n\x1a\n and more"sv) == "png");
  CHECK(image_extension("\xff\xd8\xff\xe0 and more"sv) == "jpg");
  CHECK(image_extension("GIF89a"sv) == "gif");
  CHECK(image_extension("GIF87a"sv) == "gif");
  CHECK(image_extension("RIFF\0\0\0\0WEBPVP8 "sv) == "webp");
  for (const auto other : {""sv, "\x89PNG"sv, "\xff\xd8"sv, "GIF88a"sv, "RIFF"sv, "RIFF\0\0\0\0WAVE"sv, "<svg xmlns="sv, "BM"sv, "%PDF-1.7"sv,
                           " \x89PNG\r\n\x1a\n"sv, "#!/bin/sh"sv}) {
    CHECK(image_extension(other).empty());
  }
}

}  // namespace agentbox::image_signature_test
