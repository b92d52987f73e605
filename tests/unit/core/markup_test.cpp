// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/markup.hpp"

#include "core/timestamp.hpp"
#include "support/catch.hpp"

namespace agentbox::markup_test {

TEST_CASE("text in markup ends neither its element nor its attribute") {
  CHECK(escape_markup("plain text\n\twith gr\xc3\xbc\xc3\x9f") == "plain text\n\twith gr\xc3\xbc\xc3\x9f");
  CHECK(escape_markup("</script><b a=\"x\" c='y'>&amp;") ==
        "&lt;/script&gt;&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;");
  CHECK(escape_markup("]]>") == "]]&gt;");
}

TEST_CASE("what XML has no characters for is replaced") {
  CHECK(escape_markup("a\x1b[31mb") == "a\xef\xbf\xbd[31mb");
  CHECK(escape_markup(std::string_view("a\0b", 3)) ==
        "a\xef\xbf\xbd"
        "b");
  CHECK(escape_markup("\xff\xc3") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(escape_markup("\xef\xbf\xbe") == "\xef\xbf\xbd");                          // U+FFFE
  CHECK(escape_markup("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // half a surrogate pair
  CHECK(escape_markup("\xc2\x85") == "\xef\xbf\xbd");                              // a C1 control
}

TEST_CASE("a time is written as RFC 3339 has it") {
  CHECK(rfc3339(std::chrono::system_clock::from_time_t(0)) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339(std::chrono::system_clock::from_time_t(1700000000)) == "2023-11-14T22:13:20Z");
}

}  // namespace agentbox::markup_test
