// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/secret_store.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <cstdlib>
#include <functional>

namespace agentbox::secret_store_test {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

using Place = SecretStore::Place;

const SecretId everywhere{"A_KEY", {}};
const SecretId for_claude{"A_KEY", {"claude", ""}};

/// A variable of ours for as long as the object lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* former = std::getenv(name)) former_ = former;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (former_) {
      ::setenv(name_, former_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> former_;
};

/// A store beside a keyring whose secret-tool is tests/support/fake_secret_tool.sh.
struct Store {
  TempDir dir{"/tmp"};
  fs::path program = dir.path() / "bin/secret-tool";
  Variable home{"HOME", dir.path().string()};
  Variable path{"PATH", (dir.path() / "bin").string() + ":/usr/bin:/bin"};
  Variable bus{"DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"};
  SecretStore secrets{dir.path() / "secrets", Keyring(std::chrono::seconds(1))};

  Store() {
    fs::create_directory(dir.path() / "bin");
    fs::create_symlink(AGENTBOX_TEST_SUPPORT_DIR "/fake_secret_tool.sh", program);
  }
  void mood(const std::string& word) const { write_file_atomically(dir.path() / "mood", word); }
  [[nodiscard]] std::string calls() const { return read_file_if_exists(dir.path() / "calls").value_or(""); }
  SecretStore::Stored set(const SecretId& id, const std::string& value,
                          SecretStoreChoice choice = SecretStoreChoice::automatic) {
    return secrets.set(id, SecretText(value), choice);
  }
  [[nodiscard]] std::string get(const SecretId& id) const {
    const auto entry = secrets.find(id);
    return entry ? std::string(secrets.get(*entry).view()) : "-";
  }
};

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::internal, "nothing was thrown");
}

}  // namespace

TEST_CASE("where a keyring answers, keys go there, and no file and no argument holds them") {
  Store store;
  CHECK(store.set(everywhere, "FAKE-1").place == Place::keyring);
  CHECK(store.set(for_claude, "FAKE-2").place == Place::keyring);
  CHECK(store.get(everywhere) == "FAKE-1");
  CHECK(store.get(for_claude) == "FAKE-2");
  CHECK(store.secrets.list() ==
        std::vector<SecretStore::Entry>{{everywhere, Place::keyring}, {for_claude, Place::keyring}});
  CHECK_THAT(store.calls(), Contains("id A_KEY agent=claude") && !Contains("FAKE"));
  for (const auto& entry : fs::recursive_directory_iterator(store.dir.path() / "secrets")) {
    INFO(entry.path());
    if (entry.is_regular_file()) CHECK_THAT(read_file(entry.path()), !Contains("FAKE"));
  }
  CHECK(store.secrets.remove(everywhere));
  CHECK_FALSE(store.secrets.remove(everywhere));
  CHECK(store.get(everywhere) == "-");
  CHECK(store.get(for_claude) == "FAKE-2");
}

TEST_CASE("a run whose keys are in files, or nowhere, does not touch the keyring") {
  // It may be slow, or answer with a dialog that nobody asked for.
  Store store;
  CHECK(store.set(everywhere, "FAKE-1", SecretStoreChoice::file).place == Place::file);
  CHECK(store.get(everywhere) == "FAKE-1");
  CHECK(store.get(for_claude) == "-");
  CHECK(store.secrets.list().size() == 1);
  CHECK(store.secrets.remove(everywhere));
  CHECK(store.calls().empty());
}

TEST_CASE("without a keyring keys go into files, and a keyring that was asked for by name is an error") {
  Store store;
  store.mood("absent");
  CHECK(store.set(everywhere, "FAKE-1").place == Place::file);
  CHECK(store.get(everywhere) == "FAKE-1");
  CHECK_THAT(store.secrets.choose(SecretStoreChoice::automatic).reason, Contains("The name is not provided"));
  CHECK_THAT(error_of([&] { store.set(for_claude, "FAKE", SecretStoreChoice::keyring); }).what(),
             Contains("no keyring to keep keys in") && !Contains("FAKE"));
  fs::remove(store.program);
  const Variable path("PATH", "/nonexistent");
  CHECK_THAT(store.secrets.choose(SecretStoreChoice::automatic).reason, Contains("apt install libsecret-tools"));
}

TEST_CASE("a key is in one place: storing it again moves it") {
  Store store;
  store.set(everywhere, "FAKE-file", SecretStoreChoice::file);
  store.set(everywhere, "FAKE-ring", SecretStoreChoice::keyring);
  CHECK(store.secrets.list() == std::vector<SecretStore::Entry>{{everywhere, Place::keyring}});
  CHECK_FALSE(fs::exists(store.dir.path() / "secrets/A_KEY"));
  CHECK(store.set(everywhere, "FAKE-file", SecretStoreChoice::file).left_behind.empty());
  CHECK(store.secrets.list() == std::vector<SecretStore::Entry>{{everywhere, Place::file}});
  CHECK(fs::is_empty(store.dir.path() / "items"));
}

TEST_CASE("a locked, hanging, noisy or missing keyring is an error in time, never another key") {
  // A headless run on a desktop's keyring: its dialog would wait for ever.
  Store store;
  store.set(everywhere, "FAKE-1");
  const auto [mood, message] = GENERATE(table<std::string, std::string>({
      {"locked", "it is locked"}, {"hang", "did not answer within 1.00 s"}, {"noise", "did not answer within 1.00 s"},
      {"absent", "The name is not provided"}}));
  store.mood(mood);
  const Error error = error_of([&] { (void)store.get(everywhere); });
  CHECK_THAT(error.what(), Contains(message) && !Contains("FAKE"));
  CHECK_THAT(error.hint(), Contains("agentbox secret set A_KEY --store file"));
  // What the hint says must work just then.
  const auto stored = store.set(everywhere, "FAKE-2", SecretStoreChoice::file);
  CHECK(stored.place == Place::file);
  CHECK(stored.left_behind.empty() == (mood == "noise"));  // that one still clears what it holds
  CHECK(store.get(everywhere) == "FAKE-2");
}

TEST_CASE("a key that was removed from the keyring by other means is missed, not replaced") {
  Store store;
  store.set(everywhere, "FAKE-1");
  fs::remove_all(store.dir.path() / "items");
  CHECK_THAT(error_of([&] { (void)store.get(everywhere); }).what(), Contains("it is not there any more"));
  CHECK(store.secrets.remove(everywhere));
  CHECK(store.get(everywhere) == "-");
}

TEST_CASE("a value that no header could carry is refused, and not repeated in the message") {
  // A key pasted with its line end would be sent as a header of two lines.
  Store store;
  const std::string values[] = {"", "FAKE\n", "\rFAKE", std::string("FAKE\0", 5), std::string(70000, 'x')};
  for (const auto& value : values) {
    const Error error = error_of([&] { store.set(everywhere, value); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK_THAT(error.what() + error.hint(), !Contains("FAKE"));
  }
  CHECK(store.calls().empty());
  CHECK(error_of([&] { store.set({"lower", {}}, "FAKE"); }).kind() == ErrorKind::usage);
}

}  // namespace agentbox::secret_store_test
