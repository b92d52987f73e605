// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "relay/record/text_masker.hpp"

#include "support/catch.hpp"

namespace agentbox::text_masker_test {

namespace {

std::string masked(const std::vector<std::string>& pieces, const std::vector<std::string>& secrets = {}) {
  TextMasker masker(secrets);
  std::string text;
  for (const auto& piece : pieces) {
    text += masker.mask(piece);
  }
  return text + masker.finish();
}

}  // namespace

TEST_CASE("secrets and what looks like a key are masked wherever the text is cut") {
  struct Case {
    std::string text;
    std::string shown;
  };
  const std::vector<std::string> secrets{"placeholder-1", "p-1 with spaces", "short"};
  const Case cases[] = {
      {"a placeholder-1 b", "a ************* b"},
      {"placeholder-1placeholder-1", "**************************"},
      {"p-1 with spaces.", "***************."},
      {"it is short", "it is short"},
      {"key sk-ant-api03-abcdefghijklmnop0123 end", "key sk-****************************** end"},
      {"\x1b[31msk-abcdefghij0123456789\x1b[m", "\x1b[31msk-********************\x1b[m"},
      {"a task-force-of-many-different-people 12", "a task-force-of-many-different-people 12"},
      {"sk-the-word-is-only-long-not-random", "sk-the-word-is-only-long-not-random"},
      {"ghp_" + std::string(36, '7') + "\r\n", "ghp_" + std::string(36, '*') + "\r\n"},
      {"AKIA0123456789ABCDEF,x", "AKIA****************,x"},
      {"ends with sk-", "ends with sk-"},
  };
  for (const auto& [text, shown] : cases) {
    INFO(text);
    CHECK(masked({text}, secrets) == shown);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      CHECK(masked({text.substr(0, cut), text.substr(cut)}, secrets) == shown);
    }
    std::vector<std::string> bytes;
    for (const char byte : text) {
      bytes.emplace_back(1, byte);
    }
    CHECK(masked(bytes, secrets) == shown);
  }
}

TEST_CASE("what cannot be a secret is not kept waiting") {
  TextMasker masker({"placeholder-1"});
  CHECK(masker.mask("$ ls\r\n$ ") == "$ ls\r\n$ ");
  CHECK(masker.mask("pla") == "");
  CHECK(masker.mask("net") == "planet");
  CHECK(masker.mask("sk-" + std::string(10000, 'a')).size() > 9000);
}

}  // namespace agentbox::text_masker_test
