// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/debian_rootfs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <exception>
#include <iterator>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/namespaces.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

std::string fd_path(int number) { return "/proc/self/fd/" + std::to_string(number); }

// "$1" is the root directory. mmdebstrap has /proc, /sys and /dev mounted inside while hooks run; a bind mount, which is
// not recursive, shows mke2fs the files below them instead.
std::string finishing_hook(const DebianRootfsRequest& request) {
  return "set -e; "
         "chroot \"$1\" env AGENTBOX_USER=" + shell_quote(request.user) + " sh /usr/lib/agentbox/setup.sh; "
         "cat \"$1/usr/lib/agentbox/boot/vmlinuz\" > " + fd_path(kernel_output_fd) + "; "
         "cat \"$1/usr/lib/agentbox/boot/initrd\" > " + fd_path(initrd_output_fd) + "; "
         "exec unshare --mount sh -c 'mount --bind \"$1\" \"$1/mnt\" && "
         "exec mke2fs -q -F -t ext4 -m 0 -L agentbox -E root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1 "
         "-d \"$1/mnt\" " + fd_path(disk_output_fd) + " " + std::to_string(request.size.bytes() / 1024) + "k' sh \"$1\"";
}

std::vector<std::string> sources_of(const DebianRootfsRequest& request) {
  if (!request.mirror) {
    return {};
  }
  const std::string& release = request.root.release;
  std::vector<std::string> lines{"deb " + request.mirror->main + " " + release + " main",
                                 "deb " + request.mirror->main + " " + release + "-updates main"};
  if (!request.mirror->security.empty()) {
    lines.push_back("deb " + request.mirror->security + " " + release + "-security main");
  }
  return lines;
}

bool looks_like_debian(std::string_view uri, std::string_view ending) {
  while (uri.ends_with('/')) {
    uri.remove_suffix(1);
  }
  const bool web = uri.starts_with("http://") || uri.starts_with("https://");
  return web && uri.ends_with(ending);
}

// Either form of sources.list(5), cut into what apt takes for one source each: a line, or a paragraph of a deb822 file.
std::vector<std::string> apt_sources(const std::string& text, const fs::path& file) {
  std::vector<std::string> sources(1);
  const bool paragraphs = file.extension() == ".sources";
  for (const auto& line : split(text, '\n')) {
    if (trim(line).starts_with('#')) {
      continue;
    }
    if (!paragraphs || trim(line).empty()) {
      sources.emplace_back();
    }
    sources.back() += line + '\n';
  }
  return sources;
}

std::vector<std::string> words_of(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
  return split(text, ' ');
}

// Other vendors' repositories end in /debian, too, but have no "-updates" suite.
void take_uris(const std::string& source, DebianMirror& mirror) {
  const auto words = words_of(source);
  if (source.find("Enabled: no") != std::string::npos) {
    return;
  }
  const bool updates = std::any_of(words.begin(), words.end(), [](const auto& word) { return word.ends_with("-updates"); });
  for (const auto& word : words) {
    if (updates && mirror.main.empty() && looks_like_debian(word, "/debian")) {
      mirror.main = word;
    } else if (mirror.security.empty() && looks_like_debian(word, "/debian-security")) {
      mirror.security = word;
    }
  }
}

UniqueFd make_output(const fs::path& path) {
  UniqueFd fd = open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  // In mmdebstrap's user namespace we are "others" to this file. Its directory stays closed to everyone else.
  if (fchmod(fd.get(), 0666) != 0) {
    throw system_error("cannot set the mode of " + path.string());
  }
  return fd;
}

// "apt-get" lines that tell a waiting user something.
bool is_interesting(std::string_view line) {
  return line.starts_with("I: ") || line.starts_with("Get:") || line.starts_with("Unpacking ") ||
         line.starts_with("Setting up ");
}

/// mmdebstrap plays root in a user namespace when it is not.
void require_some_root() {
  if (::geteuid() == 0) {
    return;
  }
  if (const auto problem = namespace_problem()) {
    throw Error(ErrorKind::environment, "a Debian image cannot be built here: " + *problem,
                "Build it as root, or on another host with the same AGENTBOX_HOME layout and copy its directory (agentbox base\n"
                "show NAME), or use a base that starts from a cloud image. What is built runs here.");
  }
}

/// What is run so is the first process of a PID namespace: with it all that it has started ends, whoever ends it (unshare(1)). mmdebstrap's
/// own processes wait for each other for ever when one of them is killed. What it mounts goes with them, too: as root it would bind the host's
/// /dev/shm for all to see, and stay. A user is root there, and has a range of further users.
std::vector<std::string> with_its_children(DebianRootfsRequest::Privilege privilege, std::vector<std::string> command) {
  std::vector<std::string> argv{"unshare", "--mount", "--pid", "--fork", "--kill-child"};
  if (privilege == DebianRootfsRequest::Privilege::user) {
    argv.insert(argv.end(), {"--user", "--map-root-user", "--map-auto"});
  }
  argv.insert(argv.end(), std::make_move_iterator(command.begin()), std::make_move_iterator(command.end()));
  return argv;
}

/// mmdebstrap's temporary directory. What it leaves there when it is ended in the midst of its work belongs to users of its own namespace,
/// where alone it can be removed; the top, emptied, is ours to remove.
class Scratch {
 public:
  explicit Scratch(DebianRootfsRequest::Privilege privilege) : privilege_(privilege), directory_(fs::temp_directory_path(), "agentbox-debian") {
    fs::permissions(directory_.path(), fs::perms(0755));  // they have to get there
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    try {
      for (const auto& left : fs::directory_iterator(directory_.path())) {
        run_and_capture({.argv = with_its_children(privilege_, {"rm", "-rf", "--one-file-system", left.path().native()})}, std::chrono::minutes(2));
      }
    } catch (const std::exception&) {  // it is the rest of something that has failed already, in a directory for what is temporary
    }
  }

  [[nodiscard]] const fs::path& path() const { return directory_.path(); }

 private:
  DebianRootfsRequest::Privilege privilege_;
  TempDir directory_;
};

}  // namespace

std::optional<DebianMirror> host_debian_mirror(const fs::path& apt_directory) {
  DebianMirror mirror;
  std::vector<fs::path> files{apt_directory / "sources.list"};
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(apt_directory / "sources.list.d", missing)) {
    if (const auto type = entry.path().extension(); type == ".list" || type == ".sources") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    for (const auto& source : apt_sources(read_file_if_exists(file).value_or(""), file)) {
      take_uris(source, mirror);
    }
  }
  if (mirror.main.empty()) {
    return std::nullopt;
  }
  return mirror;
}

std::vector<std::string> mmdebstrap_arguments(const DebianRootfsRequest& request) {
  const bool as_root = request.privilege == DebianRootfsRequest::Privilege::root;
  std::vector<std::string> argv{
      "mmdebstrap",
      std::string("--mode=") + (as_root ? "root" : "unshare"),
      "--variant=minbase",
      "--format=null",
      "--include=" + join(request.root.packages, ","),
      "--dpkgopt=force-unsafe-io",
      "--dpkgopt=path-exclude=/usr/share/man/*",
      "--dpkgopt=path-exclude=/usr/share/doc/*",
      "--dpkgopt=path-include=/usr/share/doc/*/copyright",
      "--dpkgopt=path-exclude=/usr/share/locale/*",
      "--aptopt=Acquire::Languages \"none\"",
      // The kernel's own initrd is never used: make the least that its package lets us.
      "--essential-hook=mkdir -p \"$1/etc/initramfs-tools/conf.d\"; "
      "echo MODULES=list > \"$1/etc/initramfs-tools/conf.d/agentbox\"",
      "--customize-hook=tar -C \"$1\" --no-same-permissions --keep-directory-symlink -p -xf " +
          fd_path(archive_input_fd),
      "--customize-hook=" + finishing_hook(request),
      request.root.release,
      "-",
  };
  const auto sources = sources_of(request);
  argv.insert(argv.end(), sources.begin(), sources.end());
  return argv;
}

void build_debian_rootfs(const DebianRootfsRequest& request, const std::vector<ArchiveEntry>& entries,
                         const fs::path& directory, Progress& progress) {
  const UniqueFd disk = make_output(directory / "disk.raw");
  const UniqueFd kernel = make_output(directory / "vmlinuz");
  const UniqueFd initrd = make_output(directory / "initrd");
  if (ftruncate(disk.get(), static_cast<off_t>(request.size.bytes())) != 0) {
    throw system_error("cannot make a disk of " + request.size.to_string());
  }
  // Holds the guest's host key until setup has moved it; unlinked at once, the hook has the descriptor.
  const fs::path archive_path = directory / "guest.tar";
  write_tar(archive_path, entries);
  const UniqueFd archive = open_file(archive_path, O_RDONLY);
  fchmod(archive.get(), 0644);
  fs::remove(archive_path);

  require_some_root();
  const Scratch scratch(request.privilege);
  std::vector<std::string> command = mmdebstrap_arguments(request);
  command.insert(command.begin(), {"env", "TMPDIR=" + scratch.path().native()});
  ProcessSpec spec{.argv = with_its_children(request.privilege, std::move(command)),
                   .fds = {{disk.get(), disk_output_fd},
                           {kernel.get(), kernel_output_fd},
                           {initrd.get(), initrd_output_fd},
                           {archive.get(), archive_input_fd}}};
  constexpr std::size_t tail_lines = 15;
  std::deque<std::string> tail;
  const ExitStatus status = run_with_lines(spec, [&](std::string_view line) {
    tail.push_back(escape_untrusted(line, 400));
    if (tail.size() > tail_lines) {
      tail.pop_front();
    }
    if (is_interesting(line)) {
      progress.detail(line);
    }
  });
  if (!status.success()) {
    throw Error(ErrorKind::environment, "mmdebstrap could not make the Debian root file system (" + status.describe() + ")",
                "its last lines:\n  " + join(std::vector<std::string>(tail.begin(), tail.end()), "\n  "));
  }
  for (const auto* fd : {&disk, &kernel, &initrd}) {
    fchmod(fd->get(), 0444);
  }
}

}  // namespace agentbox
