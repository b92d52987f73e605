// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/clipboard_image.hpp"
#include "support/catch.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include <sys/stat.h>

#include <cstdlib>

namespace agentbox::clipboard_image_test {

using namespace std::string_literals;

namespace {

const std::string png = "\x89PNG\r\n\x1a\n the rest does not matter\0 much"s;

/// A desktop whose clipboard programs are scripts of ours.
class Desktop {
 public:
  Desktop() {
    ::setenv("PATH", (directory_.path().string() + ":/usr/bin:/bin").c_str(), 1);
    ::unsetenv("WAYLAND_DISPLAY");
    ::unsetenv("DISPLAY");
  }
  Desktop(const Desktop&) = delete;
  Desktop& operator=(const Desktop&) = delete;
  ~Desktop() {
    ::setenv("PATH", path_.c_str(), 1);
    ::unsetenv("WAYLAND_DISPLAY");
    ::unsetenv("DISPLAY");
  }

  /// kinds: what it lists; content: what it prints for another question. Writes down how it was called.
  void has(const std::string& program, const std::string& kinds, const std::string& content) const {
    write_file_atomically(directory_.path() / (program + ".content"), content);
    says(program, "echo \"$PWD $*\" >> " + calls().string() + "; case \"$*\" in *--list-types|*TARGETS) printf '" + kinds + "' ;; *) cat " +
                      (directory_.path() / (program + ".content")).string() + " ;; esac");
  }
  void says(const std::string& program, const std::string& script) const {
    write_file_atomically(directory_.path() / program, "#!/bin/sh\n" + script + "\n");
    REQUIRE(::chmod((directory_.path() / program).c_str(), 0755) == 0);
  }
  [[nodiscard]] std::filesystem::path calls() const { return directory_.path() / "calls"; }

 private:
  TempDir directory_{std::filesystem::temp_directory_path(), "desktop"};
  std::string path_ = std::getenv("PATH");
};

void on_wayland() { ::setenv("WAYLAND_DISPLAY", "wayland-0", 1); }
void on_x11() { ::setenv("DISPLAY", ":0", 1); }

}  // namespace

TEST_CASE("an image on the clipboard is read by the desktop's own program, which runs outside the project") {
  const Desktop desktop;
  desktop.has("wl-paste", "text/html\\nimage/bmp\\nimage/jpeg\\nimage/png\\n", png);
  on_wayland();
  const auto image = clipboard_image();
  REQUIRE(image);
  CHECK(image->bytes == png);
  CHECK(image->extension == "png");
  CHECK(read_file(desktop.calls()) == "/ --list-types\n/ --no-newline --type image/png\n");
}

TEST_CASE("where Wayland has none, X11 is asked") {
  const Desktop desktop;
  desktop.has("wl-paste", "text/plain\\n", "");
  desktop.has("xclip", "TARGETS\\nimage/jpeg\\n", "\xff\xd8\xff\xe0");
  on_wayland();
  on_x11();
  CHECK(clipboard_image()->extension == "jpg");
}

TEST_CASE("there is no image without a desktop, without its program, or where text was copied") {
  const Desktop desktop;
  CHECK_FALSE(clipboard_image());
  on_wayland();
  desktop.says("wl-paste", "exit 1");
  CHECK_FALSE(clipboard_image());
  desktop.has("wl-paste", "text/plain\\n", png);
  CHECK_FALSE(clipboard_image());
  CHECK(read_file(desktop.calls()) == "/ --list-types\n");  // what is no image is not read
}

TEST_CASE("what only says that it is an image, is too large, or cut off, is not taken") {
  const Desktop desktop;
  on_wayland();
  desktop.has("wl-paste", "image/png\\n", "#!/bin/sh\n");
  CHECK_FALSE(clipboard_image());
  desktop.has("wl-paste", "image/png\\n", png + std::string(largest_image.bytes() - png.size(), 'x'));
  CHECK(clipboard_image());
  desktop.has("wl-paste", "image/png\\n", png + std::string(largest_image.bytes(), 'x'));
  CHECK_FALSE(clipboard_image());
  desktop.says("wl-paste", "case \"$*\" in --list*) echo image/png ;; *) printf '\\211PNG\\r\\n\\032\\n'; exit 1 ;; esac");
  CHECK_FALSE(clipboard_image());
}

}  // namespace agentbox::clipboard_image_test
