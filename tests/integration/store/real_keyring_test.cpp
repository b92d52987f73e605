// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/keyring.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"

#include <cstdio>
#include <functional>

namespace agentbox::real_keyring_test {

namespace fs = std::filesystem;

// A real GNOME Keyring on a bus of its own. The test runs itself on that bus: test_integration_store "[on-the-bus]" there.

namespace {

constexpr const char* script = R"(
printf pw | gnome-keyring-daemon --unlock --components=secrets > /dev/null
exec "$0" '[on-the-bus]'
)";

constexpr const char* lock_script =
    "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets "
    "org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login";

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a real keyring keeps keys, and says when it is locked") {
  for (const char* program : {"secret-tool", "gnome-keyring-daemon", "dbus-run-session", "dbus-send"}) {
    if (find_program(program).empty()) test::skip("there is no " + std::string(program));
  }
  const TempDir home("/tmp");
  fs::create_directory(home.path() / "run");
  fs::permissions(home.path() / "run", fs::perms::owner_all);
  const Captured result = run_and_capture(
      {.argv = {"dbus-run-session", "--", "sh", "-c", script, fs::read_symlink("/proc/self/exe").string()},
       .environment = std::vector<std::string>{"PATH=/usr/bin:/bin", "HOME=" + home.path().string(),
                                               "XDG_DATA_HOME=" + home.path().string(),
                                               "XDG_RUNTIME_DIR=" + (home.path() / "run").string()}},
      std::chrono::minutes(2));
  INFO(result.output << result.error_output);
  CHECK(result.status.success());
  CHECK(result.output.find("All tests passed") != std::string::npos);
}

TEST_CASE("on the bus of a real keyring", "[.][on-the-bus]") {
  const SecretId plain{"A_KEY", {}};
  const SecretId scoped{"A_KEY", {"claude", "/home/u/my \xc3\xbc project"}};
  Keyring keyring(std::chrono::seconds(20));
  REQUIRE(keyring.problem() == std::nullopt);
  const std::string begin = "FAKE \"'$%\\ \xc3\xbc";
  const std::string odd = begin + std::string(8191 - begin.size(), 'x');
  keyring.set(plain, SecretText("FAKE-old"));
  keyring.set(plain, SecretText("FAKE-1"));
  keyring.set(scoped, SecretText(odd));
  // secret-tool would cut it off, without a word.
  CHECK(message_of([&] { keyring.set(plain, SecretText(odd + "x")); }) ==
        "cannot put A_KEY into the keyring: its value is longer than 8191 bytes");
  CHECK(keyring.get(plain).view() == "FAKE-1");
  CHECK((keyring.get(scoped).view() == odd));
  CHECK(message_of([&] { (void)keyring.get({"B_KEY", {}}); }) ==
        "cannot get B_KEY from the keyring: it is not there any more");
  keyring.remove(plain);
  keyring.remove(plain);
  CHECK(message_of([&] { (void)keyring.get(plain); }) == "cannot get A_KEY from the keyring: it is not there any more");
  CHECK((keyring.get(scoped).view() == odd));

  REQUIRE(run_and_capture({.argv = {"sh", "-c", lock_script}}, std::chrono::seconds(20)).status.success());
  CHECK(keyring.problem() == std::nullopt);
  CHECK(message_of([&] { (void)keyring.get(scoped); }) == "cannot get A_KEY from the keyring: it is locked");
  CHECK(message_of([&] { keyring.remove(scoped); }) == "cannot remove A_KEY from the keyring: it is locked");
  CHECK(message_of([&] { keyring.set(plain, SecretText("FAKE")); }).starts_with("cannot put A_KEY into the keyring: "));
}

}  // namespace agentbox::real_keyring_test
