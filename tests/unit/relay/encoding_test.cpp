// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/filter/encoding.hpp"

#include "support/catch.hpp"

namespace agentbox::encoding_test {

TEST_CASE("a locale that names another encoding than UTF-8 tells of a terminal that has it") {
  for (const char* locale : {"C.UTF-8", "de_DE.utf8", "en_US.UTF-8@euro", "", "C", "POSIX", "de_DE"}) {
    INFO(locale);
    CHECK(encoding_of_locale(locale) == Encoding::utf8);
  }
  for (const char* locale : {"de_DE.ISO-8859-1", "de_DE.ISO-8859-15@euro", "ja_JP.eucJP", "zh_CN.GB18030"}) {
    INFO(locale);
    CHECK(encoding_of_locale(locale) == Encoding::ascii);
  }
}

}  // namespace agentbox::encoding_test
