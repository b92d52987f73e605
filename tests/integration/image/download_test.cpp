// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/download.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "core/error.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/image_support.hpp"
#include "support/skip.hpp"
#include "sys/files.hpp"
#include "sys/landlock.hpp"
#include "sys/process.hpp"
#include "sys/signals.hpp"
#include "sys/unique_fd.hpp"

namespace agentbox::download_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// support/image_server.py
class Server {
 public:
  explicit Server(const std::string& scheme = "http", const std::vector<std::string>& arguments = {}) : scheme_(scheme) {
    if (find_program("python3").empty()) {
      skip("python3 is not installed");
    }
    std::vector<std::string> argv{"python3", AGENTBOX_TEST_SUPPORT_DIR "/image_server.py"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    PipeEnds pipe = make_pipe();
    process_ = ChildProcess::spawn({.argv = argv, .fds = {{pipe.write.get(), STDOUT_FILENO}, {STDERR_FILENO, STDERR_FILENO}}});
    pipe.write.reset();
    for (char digit = 0; read(pipe.read.get(), &digit, 1) == 1 && digit != '\n';) {
      port_ += digit;
    }
  }
  [[nodiscard]] std::string url(const std::string& path) const { return scheme_ + "://127.0.0.1:" + port_ + path; }

 private:
  std::string scheme_;
  std::string port_;
  std::optional<ChildProcess> process_;
};

struct Place {
  TempDir directory{fs::temp_directory_path(), "download"};
  fs::path file = directory.path() / "file";
  fs::path cache = directory.path() / "cache/downloads";
  Downloads downloads{.directory = cache, .program = AGENTBOX_FETCH_PROGRAM};
  RecordedProgress progress;

  Place() {
    block_signals();
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
      unsetenv(name);
    }
  }

  std::string fetched(const std::string& url, ByteSize limit = download_limit) {
    download(AGENTBOX_FETCH_PROGRAM, url, file, limit, progress);
    return read_file(file);
  }
  std::string failure(const std::string& url, ByteSize limit = download_limit) {
    try {
      download(AGENTBOX_FETCH_PROGRAM, url, file, limit, progress);
      return "no failure";
    } catch (const Interrupted&) {
      return "interrupted";
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::environment);
      return error.what();
    }
  }
  /// Everything in the cache but lock files.
  [[nodiscard]] std::vector<std::string> cached() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(cache)) {
      if (entry.path().extension() != ".lock") {
        names.push_back(entry.path().filename());
      }
    }
    return names;
  }
};

std::string image_body() {
  std::string body;
  for (int i = 0; i < 1000; ++i) {
    body += "an image\n";
  }
  return body;
}

std::string sha512_of(const Place& place, const std::string& text) {
  write_file_atomically(place.directory.path() / "digest-me", text);
  return sha512_hex_of_file(place.directory.path() / "digest-me");
}

}  // namespace

TEST_CASE("files come over http and from the host, and tell how far they are") {
  Place place;
  const Server server;
  CHECK(place.fetched(server.url("/image")) == image_body());
  CHECK(place.progress.details.size() <= 26);
  write_file_atomically(place.directory.path() / "with space", "local");
  CHECK(place.fetched("file://" + (place.directory.path() / "with%20space").string()) == "local");
}

TEST_CASE("five redirects are followed, six are not") {
  Place place;
  const Server server;
  CHECK(place.fetched(server.url("/redirect/5")) == image_body());
  CHECK_THAT(place.failure(server.url("/redirect/6")), Contains("redirect"));
}

TEST_CASE("a redirect does not lead into the host's files") {
  // A mirror that answers "302, file:///home/you/.ssh/id_ed25519" would have the guest's disk made of it.
  Place place;
  const Server server;
  CHECK(place.failure(server.url("/to-file")) != "no failure");
  CHECK(read_file(place.file).empty());
  CHECK(place.fetched(server.url("/redirect/1")) == image_body());
}

TEST_CASE("a failure names the address and the reason") {
  Place place;
  const Server server;
  CHECK_THAT(place.failure(server.url("/missing")), Contains(server.url("/missing")) && Contains("404"));
  CHECK_THAT(place.failure("http://127.0.0.1:1/image"), Contains("http://127.0.0.1:1/image"));
  CHECK_THAT(place.failure("file:///nowhere/at/all"), Contains("/nowhere/at/all"));
  CHECK(place.failure("ftp://127.0.0.1/image") != "no failure");
  CHECK(place.failure("gopher://127.0.0.1/image") != "no failure");
}

TEST_CASE("what is cut short is a failure") {
  Place place;
  const Server server;
  CHECK(place.failure(server.url("/cut")) != "no failure");
}

TEST_CASE("a size limit holds whether the server tells the length or not") {
  // A mirror that never stops sending must not fill the disk.
  Place place;
  const Server server;
  CHECK_THAT(place.failure(server.url("/huge")), Contains("longer than 8 GiB"));
  CHECK_THAT(place.failure(server.url("/endless"), ByteSize::mebibytes(3)), Contains("more than 3 MiB"));
  CHECK(fs::file_size(place.file) <= ByteSize::mebibytes(3).bytes());
  CHECK(place.fetched(server.url("/image"), ByteSize(9000)) == image_body());
  CHECK(place.failure(server.url("/image"), ByteSize(8999)) != "no failure");
}

TEST_CASE("what downloads has none of the user's keys, and shows no address") {
  Place place;
  const fs::path spy = place.directory.path() / "spy";
  write_file_atomically(spy, "#!/bin/sh\ntr '\\0' ' ' < /proc/self/environ\ntr '\\0' ' ' < /proc/$$/cmdline\n", 0700);
  setenv("SOME_API_KEY", "sk-user-own", 1);
  setenv("https_proxy", "http://proxy.test:3128", 1);
  download(spy, "http://user:hunter2@127.0.0.1/image", place.file, download_limit, place.progress);
  const std::string seen = read_file(place.file);
  CHECK_THAT(seen, Contains("https_proxy=http://proxy.test:3128") && !Contains("sk-user-own") && !Contains("hunter2"));
  unsetenv("https_proxy");
  unsetenv("SOME_API_KEY");
}

TEST_CASE("what downloads can change no file and start no program") {
  if (landlock_abi() < least_landlock_abi) skip("this kernel has no Landlock");
  Place place;
  const fs::path library = place.directory.path() / "intruder.so";
  const fs::path source = place.directory.path() / "intruder.c";
  const fs::path trace = place.directory.path() / "trace";
  // In the place of what a server's answer could make libcurl do: it runs when the program ends.
  write_file_atomically(source, "#include <fcntl.h>\n#include <unistd.h>\n#include <stdlib.h>\n__attribute__((destructor)) static void intrude(void) {\n"
                                "if (open(\"" + trace.native() + "\", O_CREAT | O_WRONLY, 0600) >= 0) _exit(7);\n"
                                "execl(\"/bin/true\", \"true\", (char*)0);\n_exit(9);\n}\n");
  REQUIRE(run_and_capture({.argv = {"cc", "-shared", "-fPIC", "-o", library, source}}, std::chrono::seconds(60)).status.success());
  const fs::path program = place.directory.path() / "fetch";
  write_file_atomically(program, "#!/bin/sh\nASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=" + library.native() + " exec " AGENTBOX_FETCH_PROGRAM " \"$@\"\n", 0700);
  const Server server;
  CHECK_THROWS_WITH(download(program, server.url("/image"), place.file, download_limit, place.progress), Contains("9"));
  CHECK_FALSE(fs::exists(trace));
}

TEST_CASE("a signal ends a download that waits for data") {
  Place place;
  const Server server;
  kill(getpid(), SIGTERM);  // blocked, so it is pending
  CHECK(place.failure(server.url("/stall")) == "interrupted");
}

TEST_CASE("a server whose certificate nobody vouches for is refused") {
  Place place;
  const fs::path certificate = place.directory.path() / "certificate.pem";
  const fs::path key = place.directory.path() / "key.pem";
  if (find_program("openssl").empty()) {
    skip("openssl is not installed");
  }
  const auto made = run_and_capture({.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                                              "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
                                              "-keyout", key, "-out", certificate}},
                                    std::chrono::seconds(60));
  REQUIRE(made.status.success());
  const Server server("https", {certificate, key});
  CHECK_THAT(place.failure(server.url("/image")), Contains("certificate"));
  const char* variable = GENERATE("SSL_CERT_FILE", "CURL_CA_BUNDLE");
  setenv(variable, certificate.c_str(), 1);
  CHECK(place.fetched(server.url("/image")) == image_body());
  unsetenv(variable);
}

TEST_CASE("an image is downloaded once and then comes from the cache") {
  Place place;
  CloudImageSource image{.url = {}, .sha512 = sha512_of(place, image_body())};
  {
    const Server server;
    image.url = server.url("/image");
    const fs::path file = fetch_image(image, place.downloads, place.progress);
    CHECK(file == place.cache / image.sha512);
    CHECK(read_file(file) == image_body());
  }
  CHECK(read_file(fetch_image(image, place.downloads, place.progress)) == image_body());  // the server is gone
  CHECK(place.cached() == std::vector<std::string>{image.sha512});
}

TEST_CASE("an image with a wrong digest is refused with both digests, and not kept") {
  Place place;
  const Server server;
  const CloudImageSource image{.url = server.url("/image"), .sha512 = std::string(128, 'a')};
  try {
    fetch_image(image, place.downloads, place.progress);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::environment);
    CHECK_THAT(error.hint(), Contains(image.sha512) && Contains(sha512_of(place, image_body())));
  }
  CHECK(place.cached().empty());
}

TEST_CASE("a failed download leaves nothing in the cache") {
  Place place;
  const Server server;
  const std::string path = GENERATE("/missing", "/cut", "/huge");
  CHECK_THROWS_AS(fetch_image({.url = server.url(path), .sha512 = std::string(128, 'a')}, place.downloads, place.progress), Error);
  CHECK(place.cached().empty());
}

TEST_CASE("a damaged file in the cache is not used") {
  Place place;
  const Server server;
  const CloudImageSource image{.url = server.url("/image"), .sha512 = sha512_of(place, image_body())};
  make_directories(place.cache);
  write_file_atomically(place.cache / image.sha512, "something else");
  write_file_atomically(place.cache / (image.sha512 + ".part"), std::string(100000, 'x'));  // of a killed download
  CHECK(read_file(fetch_image(image, place.downloads, place.progress)) == image_body());
  CHECK(place.progress.notes.size() == 1);
  CHECK(place.cached() == std::vector<std::string>{image.sha512});
}

}  // namespace agentbox::download_test
