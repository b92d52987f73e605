// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/secret_id.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace agentbox::secret_id_test {

TEST_CASE("the most specific scope comes first, and none comes twice") {
  const SecretScope everywhere{};
  CHECK(scopes_at({"claude", "/p"}) ==
        std::vector<SecretScope>{{"claude", "/p"}, {"", "/p"}, {"claude", ""}, everywhere});
  CHECK(scopes_at({"", "/p"}) == std::vector<SecretScope>{{"", "/p"}, everywhere});
  CHECK(scopes_at({"claude", ""}) == std::vector<SecretScope>{{"claude", ""}, everywhere});
  CHECK(scopes_at({}) == std::vector<SecretScope>{everywhere});
  CHECK(describe(SecretScope{"claude", "/p"}) == "claude in /p");
  CHECK(describe(SecretScope{"", "/p"}) == "/p");
  CHECK(describe(everywhere) == "everywhere");
}

TEST_CASE("an id is one line of plain text, and comes back from it whatever the path is called") {
  const std::string odd = "/h/a b=c%20\n\t\"\xc3\xbc\xff project=/x agent=y";
  for (const SecretId& id : {SecretId{"A_KEY", {}}, SecretId{"A_KEY", {"claude", ""}}, SecretId{"A_KEY", {"", "/p"}},
                             SecretId{"A_KEY", {"claude", odd}}}) {
    const std::string text = to_text(id);
    INFO(text);
    CHECK(text.find_first_of("\n\t\xff") == std::string::npos);
    CHECK(parse_secret_id(text) == id);
  }
  CHECK(to_text({"A_KEY", {"claude", "/my project"}}) == "A_KEY agent=claude project=/my%20project");
  CHECK(to_arguments({"A_KEY", {"claude", "/my project"}}) == "A_KEY --agent claude --project '/my project'");
}

TEST_CASE("text that is no id is none") {
  // The text stands in files that somebody may have edited; two spellings of one id would be two keys.
  for (const std::string text :
       {"", " ", "a_key", "A_KEY ", "A_KEY  agent=claude", "A_KEY agent=", "A_KEY agent=../x", "A_KEY agent=Claude",
        "A_KEY project=relative", "A_KEY project=/a%2", "A_KEY project=/a%zz", "A_KEY project=/%61", "A_KEY project=/a%0A",
        "A_KEY project=/x agent=claude", "A_KEY agent=a agent=b", "A_KEY more", "../A_KEY", "A_KEY\n"}) {
    INFO(text);
    CHECK_FALSE(parse_secret_id(text));
  }
}

TEST_CASE("values that no header could carry are told from keys, without repeating them") {
  CHECK(objection_to_secret("sk-1 2 \xc3\xbc") == "");
  CHECK(objection_to_secret("") == "is empty");
  CHECK(objection_to_secret("a\nb") == "holds a line end");
  CHECK(objection_to_secret("a\r") == "holds a line end");
  CHECK(objection_to_secret(std::string_view("a\0b", 3)) == "holds a NUL byte");
  CHECK(objection_to_secret(std::string(longest_secret, 'x')) == "");
  CHECK(objection_to_secret(std::string(longest_secret + 1, 'x')) == "is too long");
  CHECK(parse_secret_store_choice("auto") == SecretStoreChoice::automatic);
  CHECK_THROWS_AS(parse_secret_store_choice("Keyring"), Error);
}

}  // namespace agentbox::secret_id_test
