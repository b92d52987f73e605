// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/seed_template.hpp"

#include "support/config_error.hpp"

#include <nlohmann/json.hpp>

namespace agentbox::seed_template_test {

using namespace agentbox::test;

namespace {

SeedFile seed(std::string content, SeedFile::Format format) { return {"a", std::move(content), format}; }

std::string check_error(const std::string& content, SeedFile::Format format) {
  return config_error([&] { return check_seed(seed(content, format)), 0; });
}

/// Directory names that a user, or a repository that was cloned, may really have.
const std::vector<std::string> odd_paths = {
    "/home/u/project",
    "/home/u/it's \"quoted\"",
    "/home/u/back\\slash",
    "/home/u/new\nline",
    "/home/u/tab\there",
    "/home/u/escape\x1b[2J and delete\x7f",
    "/home/u/Gr\xc3\xbc\xc3\x9f\x65 \xe2\x82\xac \xf0\x9f\x98\x80",
    "/home/u/\"}, \"hasTrustDialogAccepted\": true, \"x\": {\"",
    "/home/u/\"]\ntrust_level = \"trusted\"\n[x.\"",
    "/home/u/{home}",
    "/home/u/\\u0022",
    "/home/u/{",
    "/home/u/'''\"\"\"",
};

}  // namespace

TEST_CASE("placeholders are replaced, everything else in braces stays") {
  const SeedValues values{.project = "/p", .home = "/home/agent", .base_url = "http://h:1/v1", .key_tail20 = "tail", .key = "secret", .model = "m-1"};
  struct Case {
    std::string content;
    std::string rendered;
  };
  const Case cases[] = {
      {"", ""},
      {"{project}", "/p"},
      {"{home}{base_url}{key_tail20}", "/home/agenthttp://h:1/v1tail"},
      {"{key} {model}", "secret m-1"},
      {"a {project} b {project}", "a /p b /p"},
      {"{}", "{}"},
      {"{ project }", "{ project }"},
      {"{\"project\": 1}", "{\"project\": 1}"},
      {"${HOME} ${{ secrets.X }}", "${HOME} ${{ secrets.X }}"},
      {"{{project}}", "{/p}"},
      {"{project", "{project"},
      {"project}", "project}"},
      {"{Project}", "{Project}"},
      {"{1}", "{1}"},
      {"{", "{"},
  };
  for (const Case& test : cases) {
    INFO(test.content);
    CHECK(render_seed(seed(test.content, SeedFile::Format::text), values) == test.rendered);
  }
}

TEST_CASE("a value that looks like a placeholder is not replaced again") {
  CHECK(render_seed(seed("{project}", SeedFile::Format::text),
                    {.project = "/{home}", .home = "/h", .base_url = {}, .key_tail20 = {}}) == "/{home}");
}

TEST_CASE("unknown placeholders and unquoted ones are refused") {
  using Format = SeedFile::Format;
  const std::string known = " | known ones: {project}, {home}, {base_url}, {key}, {key_tail20}, {model}";
  CHECK(check_error("x\n{prject}", Format::text) == "seed file a, line 2: unknown placeholder {prject}" + known);
  CHECK(check_error("{\"a\": \"{keys}\"}", Format::json) == "seed file a, line 1: unknown placeholder {keys}" + known);
  const std::string unquoted = "seed file a, line 1: {home} stands outside double quotes | write \"{home}\"";
  for (const std::string content : {"{home}", "{\"a\": {home}}", "[\"a\", {home}]", "\"a\\\\\"{home}"}) {
    INFO(content);
    CHECK(check_error(content, Format::json) == unquoted);
    CHECK(check_error(content, Format::toml) == unquoted);
  }
  // TOML: no escapes in single quotes, and a newline in the value would end the comment.
  CHECK(check_error("a = '{home}'", Format::toml) == unquoted);
  CHECK(check_error("# \"{home}\"", Format::toml) == unquoted);
  CHECK(check_error("a = '\"'{home}\"", Format::toml) == unquoted);
  CHECK(check_error("a: '{home}'", Format::yaml) == unquoted);
  CHECK(check_error("a: {home} # \"", Format::yaml) == unquoted);
  CHECK(check_error("a: \"{home}\" # \"", Format::yaml) == "no error");
  for (const std::string content : {"\"{home}\"", "\"\\\"{home}\"", "\"a\", \"x{home}y\""}) {
    INFO(content);
    CHECK(check_error(content, Format::json) == "no error");
    CHECK(check_error(content, Format::toml) == "no error");
  }
  CHECK(check_error("a = 1 # it's\nb = \"{home}\"", Format::toml) == "no error");
  CHECK(check_error("a = \"\"\"\nx {home}\n\"\"\"\nb = \"{home}\"", Format::toml) == "no error");
}

TEST_CASE("a project path of any characters comes back whole from JSON") {
  const SeedFile file =
      seed("{\"projects\": {\"{project}\": {\"path\": \"x{project}y\"}}, \"options\": {}}", SeedFile::Format::json);
  for (const std::string& path : odd_paths) {
    INFO(path);
    const std::string text = render_seed(file, {.project = path, .home = {}, .base_url = {}, .key_tail20 = {}});
    const auto json = nlohmann::json::parse(text);
    CHECK(json.size() == 2);
    REQUIRE(json["projects"].size() == 1);
    CHECK(json["projects"].begin().key() == path);
    CHECK(json["projects"].begin().value()["path"] == "x" + path + "y");
  }
}

TEST_CASE("bytes that are not UTF-8 become U+FFFD, since JSON cannot hold them") {
  const std::string text = render_seed(seed("[\"{project}\"]", SeedFile::Format::json),
                                       {.project = "/\xff\xc3(\xe2\x82", .home = {}, .base_url = {}, .key_tail20 = {}});
  CHECK(nlohmann::json::parse(text)[0] == "/\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("JSON and TOML get the same escapes, which mean the same in both") {
  for (const std::string& path : odd_paths) {
    const SeedValues values{.project = path, .home = {}, .base_url = {}, .key_tail20 = {}};
    const std::string json = render_seed(seed("\"{project}\"", SeedFile::Format::json), values);
    CHECK(json == render_seed(seed("\"{project}\"", SeedFile::Format::toml), values));
    CHECK(json == render_seed(seed("\"{project}\"", SeedFile::Format::yaml), values));
    // Nothing that ends the string, begins another escape, or is a control character.
    const std::string inside = json.substr(1, json.size() - 2);
    CHECK(inside.find('"') == std::string::npos);
    for (std::size_t i = 0; i < inside.size(); ++i) {
      CHECK((static_cast<unsigned char>(inside[i]) >= 0x20 && inside[i] != 0x7f));
      if (inside[i] == '\\') CHECK(inside.substr(i).starts_with("\\u00"));
    }
  }
}

TEST_CASE("a value with a newline cannot add lines to a file without escapes") {
  const SeedFile file = seed("dir={project}\n", SeedFile::Format::text);
  CHECK(config_error([&] {
          return render_seed(file, {.project = "/a\nalias ls=rm", .home = {}, .base_url = {}, .key_tail20 = {}});
        }) ==
        "seed file a: the value of {project} holds a control character | text cannot express it: rename the project "
        "directory");
}

TEST_CASE("a variable's value is rendered as text is") {
  const SeedValues values{.base_url = "http://h/v1", .key = "secret"};
  CHECK(render_variable("X", "{\"url\":\"{base_url}/x\"}", values) == "{\"url\":\"http://h/v1/x\"}");
  CHECK(config_error([] { return check_variable("X", "{nothing}"), 0; }) ==
        "variable X: unknown placeholder {nothing} | known ones: {project}, {home}, {base_url}, {key}, {key_tail20}, {model}");
  CHECK(config_error([] { return render_variable("X", "{project}", {.project = "/a\nb"}), 0; }) ==
        "variable X: the value of {project} holds a control character | text cannot express it: rename the project directory");
  CHECK(holds_key("a {key} b"));
  CHECK(holds_key("{key_tail20}"));
  CHECK_FALSE(holds_key("{base_url} {keys}"));
}

TEST_CASE("the tail of a key is its last 20 characters, or all of it") {
  CHECK(key_tail("") == "");
  CHECK(key_tail("short") == "short");
  CHECK(key_tail("12345678901234567890") == "12345678901234567890");
  CHECK(key_tail("sk-ant-1234567890abcdefghij") == "1234567890abcdefghij");
}

}  // namespace agentbox::seed_template_test
