// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/catalog.hpp"
#include "config/seed_template.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"

#include <fstream>

namespace agentbox::seed_toml_test {

namespace fs = std::filesystem;

namespace {

/// Reads argv[1] as TOML and prints, in hexadecimal, the one key of [projects] and model_providers.agentbox.base_url.
constexpr const char* toml_reader = R"(
import sys, tomllib
document = tomllib.load(open(sys.argv[1], 'rb'))
assert len(document['projects']) == 1, document
(path, entry), = document['projects'].items()
assert entry == {'trust_level': 'trusted'}, entry
provider = {'model_provider', 'model_providers'} & set(document)
assert set(document) - provider == {'check_for_update_on_startup', 'projects', 'features', 'analytics'}, set(document)
print(path.encode().hex(), document['model_providers']['agentbox']['base_url'].encode().hex() if provider else '')
)";

std::string hex(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const char c : text) {
    result += digits[static_cast<unsigned char>(c) >> 4U];
    result += digits[static_cast<unsigned char>(c) & 15U];
  }
  return result;
}

Captured run_python(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "python3");
  return run_and_capture({.argv = std::move(arguments)}, std::chrono::minutes(5));
}

void skip_without_toml_reader() {
  if (!find_program("python3").empty() && run_python({"-c", "import tomllib"}).status.success()) return;
  test::skip("needs python3 with tomllib (3.11 or newer)");
}

}  // namespace

TEST_CASE("a real TOML reader finds the project path in codex's seed, whatever characters it holds") {
  // A directory called  x"]\n[features]...  could otherwise rewrite the agent's configuration.
  skip_without_toml_reader();
  const TempDir directory(fs::temp_directory_path(), "seed");
  const AgentProfile codex = Catalog("/nonexistent", AGENTBOX_SOURCE_DIR).agent("codex");
  REQUIRE(codex.seed.size() == 2);  // with a key, and without one
  for (const std::string path :
       {"/home/u/project", "/home/u/it's \"quoted\"", "/home/u/back\\slash\\", "/home/u/new\nline\r\n",
        "/home/u/\x01\x1b\x7f", "/home/u/Gr\xc3\xbc\xc3\x9f\x65 \xe2\x82\xac \xf0\x9f\x98\x80",
        "/home/u/\"]\ntrust_level = \"no\"\n[projects.\"y", "/home/u/\"\"\"'''", "/home/u/\\u0022", "/home/u/#x"}) {
    INFO(path);
    const std::string url = "http://10.0.2.100:8787/v1?a=\"b\"";
    for (const auto& seed : codex.seed) {
      const fs::path file = directory.path() / "config.toml";
      std::ofstream(file, std::ios::binary) << render_seed(seed, {.project = path, .home = {}, .base_url = url, .key_tail20 = {}});
      const Captured read = run_python({"-c", toml_reader, file.string()});
      INFO(read.error_output);
      REQUIRE(read.status.success());
      CHECK(read.output == hex(path) + " " + (&seed == &codex.seed[0] ? hex(url) : "") + "\n");
    }
  }
}

}  // namespace agentbox::seed_toml_test
