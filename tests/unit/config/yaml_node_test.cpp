// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/fields.hpp"
#include "config/yaml/reader.hpp"
#include "support/config_error.hpp"

namespace agentbox::yaml_node_test {

using namespace agentbox::test;

namespace {

/// What reading the value in "k: VALUE" as one type says.
template <class Read>
std::string error_of(const std::string& value, Read read) {
  return config_error([&] {
    const YamlNode root = parse_yaml("k: " + value + "\n", "f.yaml");
    return read(root.entries()[0].value);
  });
}

template <class Read>
auto value_of(const std::string& value, Read read) {
  const YamlNode root = parse_yaml("k: " + value + "\n", "f.yaml");
  return read(root.entries()[0].value);
}

std::string as_text(const YamlNode& node) { return node.text(); }
int as_integer(const YamlNode& node) { return node.integer(1, 64); }

}  // namespace

TEST_CASE("text is text, and nothing that some reader takes for another type") {
  for (const std::string value : {"abc", "'1'", "\"no\"", "''", "1a", "1.2.3", "v1", "--yes", "yess", "0755x", "2G",
                                  "1h30m", "2026-01-01", "a b", "--", "e5", "node@22"}) {
    INFO(value);
    CHECK(error_of(value, as_text) == "no error");
  }
  for (const std::string value : {"1", "-1", "+1", "010", "0x1f", "0o17", "0b1", "1_000", "1.5", ".5", "1.", "1e3",
                                  ".inf", "-.Inf", ".NaN", "1.5e-3"}) {
    INFO(value);
    CHECK(error_of(value, as_text) ==
          "f.yaml:1:4: expected text, found a number | put it in quotes: \"" + value + "\"");
  }
  for (const std::string value : {"true", "False", "yes", "No", "ON", "off"}) {
    INFO(value);
    CHECK(error_of(value, as_text) ==
          "f.yaml:1:4: expected text, found a boolean | put it in quotes: \"" + value + "\"");
  }
  CHECK(error_of("", as_text) == "f.yaml:1:1: expected text, found nothing");
  CHECK(error_of("~", as_text) == "f.yaml:1:1: expected text, found nothing");
  CHECK(error_of("[a]", as_text) == "f.yaml:1:4: expected text, found a list");
  CHECK(error_of("{a: b}", as_text) == "f.yaml:1:4: expected text, found a mapping");
}

TEST_CASE("an escape cannot smuggle in what the file itself may not hold") {
  // A NUL would end an argument early, in the middle of what the author was shown.
  CHECK(error_of(R"("a\0b")", as_text) == "f.yaml:1:4: text with control character U+0000");
  CHECK(error_of(R"("\e[2J")", as_text) == "f.yaml:1:4: text with control character U+001B");
  CHECK(error_of(R"("\u202e")", as_text) == "f.yaml:1:4: text with invisible mark U+202E");
  CHECK(error_of(R"("\0")", [](const YamlNode& node) { return node.convert([](const auto& word) { return word; }); }) ==
        "f.yaml:1:4: text with control character U+0000");
  CHECK(value_of(R"("a\tb\n")", as_text) == "a\tb\n");
}

TEST_CASE("a line is one line") {
  const auto line = [](const YamlNode& node) { return node.line(); };
  CHECK(value_of(">-\n  a\n  b", line) == "a b");
  CHECK(error_of("''", line) == "f.yaml:1:4: expected text, found an empty one");
  CHECK(
      error_of("|\n  a\n  b", line) ==
      "f.yaml:1:4: expected one line of text, found several | a text block that begins with >- is joined to one line");
  CHECK(error_of(std::string(4097, 'x'), line) == "f.yaml:1:4: text of 4097 bytes, more than 4096");
}

TEST_CASE("integers are decimal, without traps") {
  CHECK(value_of("1", as_integer) == 1);
  CHECK(value_of("64", as_integer) == 64);
  const BadText cases[] = {
      {"0", "f.yaml:1:4: 0 is not between 1 and 64"},
      {"65", "f.yaml:1:4: 65 is not between 1 and 64"},
      {"-1", "f.yaml:1:4: -1 is not between 1 and 64"},
      {"99999999999999999999", "f.yaml:1:4: 99999999999999999999 is not between 1 and 64"},
      // yaml-cpp reads 010 as 8.
      {"010",
       "f.yaml:1:4: \"010\" begins with a zero | some YAML readers take it as octal: write the number without the "
       "zero"},
      {"'4'", "f.yaml:1:4: expected a whole number, found text | leave out the quotes"},
      {"0x10", "f.yaml:1:4: expected a whole number, found \"0x10\""},
      {"1_0", "f.yaml:1:4: expected a whole number, found \"1_0\""},
      {"2.0", "f.yaml:1:4: expected a whole number, found \"2.0\""},
      {"+2", "f.yaml:1:4: expected a whole number, found \"+2\""},
      {"[2]", "f.yaml:1:4: expected a whole number, found a list"},
      {"two", "f.yaml:1:4: expected a whole number, found \"two\""},
  };
  for (const BadText& bad : cases) {
    INFO(bad.text);
    CHECK(error_of(bad.text, as_integer) == bad.message);
  }
}

TEST_CASE("booleans are true and false") {
  const auto boolean = [](const YamlNode& node) { return node.boolean(); };
  CHECK(value_of("true", boolean));
  CHECK_FALSE(value_of("false", boolean));
  for (const std::string value : {"yes", "True", "on"})
    CHECK(error_of(value, boolean) ==
          "f.yaml:1:4: expected true or false, found a boolean | write true or false, in "
          "lower case and without quotes");
  CHECK(error_of("'true'", boolean) ==
        "f.yaml:1:4: expected true or false, found text | write true or false, in lower "
        "case and without quotes");
  CHECK(error_of("1", boolean) ==
        "f.yaml:1:4: expected true or false, found a number | write true or false, in lower "
        "case and without quotes");
  CHECK(error_of("[]", boolean) == "f.yaml:1:4: expected true or false, found a list");
}

TEST_CASE("sizes and durations have units and bounds") {
  const auto size = [](const YamlNode& node) {
    return read_size(node, ByteSize::mebibytes(256), ByteSize::gibibytes(4));
  };
  CHECK(value_of("256M", size) == ByteSize::mebibytes(256));
  CHECK(value_of("1.5G", size) == ByteSize::mebibytes(1536));
  CHECK(error_of("255M", size) == "f.yaml:1:4: 255 MiB is not between 256 MiB and 4 GiB");
  CHECK(error_of("5G", size) == "f.yaml:1:4: 5 GiB is not between 256 MiB and 4 GiB");
  CHECK(error_of("0.2501G", size).starts_with("f.yaml:1:4: "));
  CHECK(error_of("512", size).starts_with("f.yaml:1:4: "));
  CHECK(error_of("[1G]", size) == "f.yaml:1:4: expected one word, found a list");
  const auto duration = [](const YamlNode& node) {
    return read_duration(node, std::chrono::seconds(1), std::chrono::hours(1));
  };
  CHECK(value_of("90s", duration) == std::chrono::seconds(90));
  CHECK(error_of("2h", duration).starts_with("f.yaml:1:4: \"2h\" is not between "));
  CHECK(error_of("30", duration).starts_with("f.yaml:1:4: "));
}

TEST_CASE("a mapping knows its keys") {
  const auto keys = [](const std::string& text) {
    return config_error([&] {
      const YamlNode root = parse_yaml(text, "f.yaml");
      return root.mapping({"cpus", "memory", "one", "two"}).exactly_one_of({"one", "two"}).key.scalar();
    });
  };
  CHECK(keys("one: 1\ncpus: 2\n") == "no error");
  CHECK(keys("memroy: 1\n") ==
        "f.yaml:1:1: unknown key \"memroy\" | did you mean \"memory\"? known keys here: cpus, memory, one, two");
  CHECK(keys("one: 1\nzzzzzzzz: 1\n") ==
        "f.yaml:2:1: unknown key \"zzzzzzzz\" | known keys here: cpus, memory, one, two");
  CHECK(keys("cpus: 1\n") == "f.yaml:1:1: one of these keys is needed: one, two");
  CHECK(keys("one: 1\ntwo: 2\n") == "f.yaml:2:1: \"one\" and \"two\" exclude each other");
  CHECK(keys("") == "f.yaml:1:1: expected a mapping, found nothing | leave the key out, or write {}");
  CHECK(keys("- a\n") == "f.yaml:1:1: expected a mapping, found a list | write \"key: value\" lines");
}

TEST_CASE("reading a key that is not listed as known is a bug of ours, and loud") {
  const YamlNode root = parse_yaml("a: 1\n", "f.yaml");
  CHECK_THROWS_AS(root.mapping({"a"}).find("b"), Error);
}

TEST_CASE("names, paths, URLs and digests") {
  struct Case {
    std::string (*read)(const YamlNode&);
    std::vector<std::string> good;
    std::vector<std::string> bad;
  };
  const auto url = [](const YamlNode& node) { return read_url(node, {"https", "http", "file"}); };
  const Case cases[] = {
      {read_plain_name, {"dev", "debian-13", "dev+claude"}, {"Dev", "../x", "a/b", ".x", "-x", "'a b'", "''"}},
      {read_environment_name, {"A", "_A", "ANTHROPIC_API_KEY", "X2"}, {"a", "2X", "A-B", "'A B'", "A=B", "É", "''"}},
      {read_environment_name,
       {"PATHS", "HOMES", "SSHX", "XLD_PRELOAD", "NODE_OPTIONS"},
       {"PATH", "HOME", "ENV", "BASH_ENV", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_", "DYLD_INSERT_LIBRARIES",
        "SSH_AUTH_SOCK", "SHELL", "USER", "LOGNAME", "IFS", "AGENTBOX_HOME"}},
      {read_home_path,
       {".claude.json", "a/b/c", "..a", "a..", "'...'"},
       {"/etc/passwd", "..", ".", "../x", "a/../b", "a/..", "a/", "a//b", "./a", "''", "\"a\\0b\""}},
      {read_guest_path, {"/etc/x", "/a/..b"}, {"etc/x", "/", "/a/../b", "/..", "/a/", "//a", "/a/./b", "'~/x'"}},
      {read_package_name,
       {"g++", "libstdc++6", "7zip", "python3.11", "linux-image-amd64"},
       {"a", "-y", "--force-yes", "Git", "git=1", "git/sid", "./x.deb", "'git curl'", "git_x"}},
      {url,
       {"https://example.org/x", "http://10.0.0.1:80", "file:///x/y.qcow2", "https://[::1]/x"},
       {"ftp://example.org", "example.org", "https://", "https:///x", "file://x", "https://u:p@example.org/",
        "'https://a b'", "'https://a/\"'", "HTTPS://example.org", "javascript:alert(1)", "https://é.org"}},
      {read_sha512,
       {"'" + std::string(128, '0') + "'", std::string(128, 'A')},
       {std::string(127, 'a'), std::string(129, 'a'), std::string(128, 'g')}},
  };
  for (const Case& test : cases) {
    for (const std::string& value : test.good) {
      INFO(value);
      CHECK(error_of(value, test.read) == "no error");
    }
    for (const std::string& value : test.bad) {
      INFO(value);
      CHECK(error_of(value, test.read).starts_with("f.yaml:1:4: "));
    }
  }
  CHECK(value_of(std::string(128, 'A'), read_sha512) == std::string(128, 'a'));
  // All digits, without quotes: it looks like a number, and there is nothing to misread.
  CHECK(value_of(std::string(128, '1'), read_sha512) == std::string(128, '1'));
}

}  // namespace agentbox::yaml_node_test
