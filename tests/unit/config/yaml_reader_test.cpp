// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/reader.hpp"
#include "support/config_error.hpp"

namespace agentbox::yaml_reader_test {

using namespace agentbox::test;

namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string result;
  while (times-- > 0) result += text;
  return result;
}

std::string error_of(const std::string& text) {
  return config_error([&] { return parse_yaml(text, "f.yaml"); });
}

}  // namespace

TEST_CASE("a file becomes a tree with places") {
  const YamlNode root = parse_yaml("a: x\nb:\n  - 1\n  - 'two'\n# end\n", "f.yaml");
  REQUIRE(root.kind() == YamlNode::Kind::mapping);
  REQUIRE(root.entries().size() == 2);
  CHECK(root.entries()[0].key.scalar() == "a");
  CHECK(root.entries()[0].value.kind() == YamlNode::Kind::plain);
  const auto items = root.entries()[1].value.items();
  REQUIRE(items.size() == 2);
  CHECK(items[1].kind() == YamlNode::Kind::quoted);
  CHECK(items[1].scalar() == "two");
  CHECK(items[1].place().to_string() == "f.yaml:4:5");
}

TEST_CASE("a file without content is a null node") {
  for (const std::string text : {"", "\n", "# only a comment\n", "---\n", "~\n"})
    CHECK(parse_yaml(text, "f.yaml").kind() == YamlNode::Kind::null);
}

TEST_CASE("what an editor on another system writes is accepted") {
  // A byte order mark, and carriage returns before newlines; neither may reach the values or shift the places.
  const YamlNode root = parse_yaml(
      "\xEF\xBB\xBF"
      "a: |\r\n  x\r\n  y\r\nb: 'c'\r\n",
      "f.yaml");
  CHECK(root.entries()[0].value.scalar() == "x\ny\n");
  CHECK(root.entries()[1].value.place().to_string() == "f.yaml:4:4");
}

TEST_CASE("what is not our small YAML is refused with its place") {
  const BadText cases[] = {
      {"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: duplicate key \"a\" | it stands in line 1 already"},
      {"a:\n  x: 1\n  'x': 2\n", "f.yaml:3:3: duplicate key \"x\" | it stands in line 2 already"},
      {"a: &x 1\n", "f.yaml:1:4: anchors and aliases (&, *) are not allowed"},
      {"a: *x\n", "f.yaml:1:4: this is not valid YAML: the referenced anchor is not defined"},
      {"a: &x\n", "f.yaml:1:4: anchors and aliases (&, *) are not allowed"},
      {"a: !!str 1\n", "f.yaml:1:4: tags (!) are not allowed"},
      {"a: !x {b: c}\n", "f.yaml:1:4: tags (!) are not allowed"},
      {"a: !x [b]\n", "f.yaml:1:4: tags (!) are not allowed"},
      {"!x\na: b\n", "f.yaml:1:1: tags (!) are not allowed"},
      {"a: 1\n---\nb: 2\n", "f.yaml:2:1: the file goes on after its one document"},
      {"a: 1\n...\nb: 2\n", "f.yaml:3:1: the file goes on after its one document"},
      {"{a: b} c\n", "f.yaml:1:8: the file goes on after its one document"},
      {"- a\nb: c\n", "f.yaml:2:1: the file goes on after its one document"},
      {"[],[],", "f.yaml:1:3: the file goes on after its one document"},
      {"[a]: b\n", "f.yaml:1:1: a key must be a word"},
      {"? {a: b}\n: c\n", "f.yaml:1:3: a key must be a word"},
      {": c\n", "f.yaml:1:1: a key is missing here"},
      {"a: [1, 2\n", "f.yaml:2:1: this is not valid YAML: end of sequence flow not found"},
      {"a: b: c\n",
       "f.yaml:1:5: this is not valid YAML: illegal map value | check the indentation; text that holds \": \" needs "
       "quotes"},
      {"a: @b\n",
       "f.yaml:1:4: this is not valid YAML: unknown token | text that begins with @, ` or % needs quotes; tabs do not "
       "indent"},
      {"a: 'b\n", "f.yaml:1:4: the closing ' is missing"},
      {"a: 'b''\n", "f.yaml:1:4: the closing ' is missing"},
      {"a: \"b\\\"\n", "f.yaml:1:4: the closing \" is missing"},
      {"\xC3\xA9: 'b\n", "f.yaml:1:5: the closing ' is missing"},
      {"a: b\r\nc: \"d\r\n", "f.yaml:2:4: the closing \" is missing"},
      {"a: ! 'b\n", "f.yaml:1:4: tags (!) are not allowed"},
      {"a: ! b\n", "f.yaml:1:4: tags (!) are not allowed"},
      {"a: \"\\\xC3\xA9\"\n", "f.yaml:1:7: this is not valid YAML: unknown escape character: \\xc3"},
      {"a: \"\\ud800\"\n", "f.yaml:1:11: this is not valid YAML: invalid unicode: 55296"},
      {"a: \xFF\n", "f.yaml:1:4: the file holds byte 0xFF, which is not UTF-8"},
      {"a: 1\nb: \xC3(\n", "f.yaml:2:4: the file holds byte 0xC3, which is not UTF-8"},
      {"a: \xC0\xAF\n", "f.yaml:1:4: the file holds byte 0xC0, which is not UTF-8"},
      {"a: \xED\xA0\x80\n", "f.yaml:1:4: the file holds byte 0xED, which is not UTF-8"},
      {"a: \xF4\x90\x80\x80\n", "f.yaml:1:4: the file holds byte 0xF4, which is not UTF-8"},
      {"a: \xE2\x82", "f.yaml:1:4: the file holds byte 0xE2, which is not UTF-8"},
      {std::string("a: \0b\n", 7), "f.yaml:1:4: the file holds control character U+0000"},
      {"a: b\rc: d\n", "f.yaml:1:5: the file holds control character U+000D"},
      {"a: \x1b[2J\n", "f.yaml:1:4: the file holds control character U+001B"},
      {"a: \xC2\x9B\n", "f.yaml:1:4: the file holds control character U+009B"},
      {"a: x\xE2\x80\xAEy\n", "f.yaml:1:5: the file holds invisible mark U+202E"},
      {"a: \xEF\xBB\xBF\n", "f.yaml:1:4: the file holds invisible mark U+FEFF"},
      {"\xFF\xFE"
       "a",
       "f.yaml:1:1: the file holds byte 0xFF, which is not UTF-8"},
  };
  for (const BadText& bad : cases) {
    INFO(bad.text);
    CHECK(error_of(bad.text) == bad.message);
  }
}

TEST_CASE("a key of a hostile file is escaped in the message") {
  CHECK(error_of("\"a\\e[2J\": 1\n\"a\\e[2J\": 2\n") ==
        "f.yaml:2:1: duplicate key \"a\\x1b[2J\" | it stands in line 1 already");
}

TEST_CASE("an alias bomb ends at its first anchor") {
  // "Billion laughs": nine levels of nine aliases each are 387 million nodes for a reader that expands them.
  std::string bomb = "a0: &a0 [lol]\n";
  for (int level = 1; level < 10; ++level)
    bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" +
            repeat("*a" + std::to_string(level - 1) + ", ", 9) + "]\n";
  CHECK(error_of(bomb) == "f.yaml:1:5: anchors and aliases (&, *) are not allowed");
}

TEST_CASE("limits hold at their edge, and end the reading there") {
  CHECK(error_of(repeat("[", 16) + repeat("]", 16)) == "no error");
  CHECK(error_of(repeat("[", 17) + repeat("]", 17)) == "f.yaml:1:17: nested deeper than 16 levels");
  CHECK(error_of("a: [" + repeat("b, ", 9997) + "]\n") == "no error");  // with the mapping, the key and the list: 10000
  CHECK(error_of("a: [" + repeat("b, ", 9998) + "]\n") == "f.yaml:1:29996: more than 10000 keys and values");
  const std::string comment = "#" + repeat("x", YamlLimits::bytes - 1);
  CHECK(error_of(comment) == "no error");
  CHECK(error_of(comment + "x") == "f.yaml:1:1: the file has 262145 bytes, more than 262144");
}

TEST_CASE("a file of nothing but one token, repeated, ends in an error or a tree") {
  // yaml-cpp offers empty documents for ever after "[],", and recurses for each "[".
  for (const std::string token :
       {"[",  "{",  "- ",  "? ",  ": ",    "a: ", "[a,",   "{a: ",  "!",      "&a ",    "|",
        "'",  "\"", "#\n", "\n",  "a",     "a\n", "- a\n", "---\n", "%",      "%\n",    "*a ",
        "!<", "\\", "[]",  "[],", "a:\n ", " ",   "\t",    "[ ? ",  "a: b: ", "\"a\" ", "'a\n"}) {
    INFO(token);
    CHECK_FALSE(error_of(repeat(token, YamlLimits::bytes / token.size())).starts_with("not an error"));
  }
}

}  // namespace agentbox::yaml_reader_test
