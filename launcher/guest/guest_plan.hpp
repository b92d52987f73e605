// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace agentbox {

/// What the launcher asks agentbox-guest to do, in one exec of one SSH channel: each further process or round trip costs
/// 0.1 to 0.2 s under emulation. In a fork the preparation goes ahead of the command, to a process that waits for it (parked.hpp);
/// else all travels as JSON in SSH environment requests AGENTBOX_PLAN_0, AGENTBOX_PLAN_1, ... (a
/// single variable may not pass 128 KiB, MAX_ARG_STRLEN in execve(2)), never on a command line. Holds no credential.
struct GuestPlan {
  /// The first command of a session makes the machine this session's own.
  struct Prepare {
    std::int64_t clock_ns = 0;  ///< CLOCK_REALTIME to set, nanoseconds since the epoch
    std::string entropy;        ///< hexadecimal, mixed into the kernel's generator first; on a control port it goes ahead of the plan (parked.hpp)
    std::string hostname;
    std::string machine_id;     ///< 32 hexadecimal digits

    /// What a machine that was booted has of its own, and a fork would have of its template.
    struct Fork {
      std::string boot_id;   ///< a UUID
      std::string mac;       ///< of its network card: "52:54:00:12:34:56"
      std::string host_key;  ///< what sshd shows to further connections, OpenSSH's private format
    };
    std::optional<Fork> fork = {};

    struct Workspace {
      /// overlay: the share, read-only, below a layer on the guest's own disk. copy: a copy of it there, below such a layer.
      enum class Mode { live, readonly, overlay, copy };
      /// For copies: everything, or what git would track (the others are missing then).
      enum class Ignored { with, without };
      std::string path;  ///< absolute; made if missing; the 9p share "workspace" is mounted there
      Mode mode = Mode::live;
      Ignored ignored = Ignored::with;
      /// What is left out when changes are told (overlay, copy): directories of these names, wherever they are, and what git
      /// ignores. Both are counted.
      std::vector<std::string> leave_out_names = {};
      enum class LeaveOut { nothing, ignored } leave_out = LeaveOut::nothing;
    };
    std::optional<Workspace> workspace;

    /// What the 9p share "directories" holds, mounted where the user expects it.
    struct Directory {
      std::string name;  ///< in the share
      std::string path;  ///< absolute, or relative to the user's home; made if missing
      bool read_only = false;
      bool layered = false;  ///< what is written there is on the guest's own disk, above the share
    };
    std::vector<Directory> directories;
    /// Single files in those directories: a link in the user's home leads there. (A file that is mounted cannot be replaced, which is
    /// how many programs write.)
    struct Link {
      std::string target;  ///< in the share: "NAME/FILE"
      std::string path;    ///< relative to the user's home
    };
    std::vector<Link> links;
    /// The share is copied to the guest's disk and let go, instead of being mounted: a machine with a mounted share cannot be saved. None: it
    /// is mounted.
    struct Copies {
      struct Kept {
        std::string name;  ///< in the share
        enum class How { merged, whole } how = How::merged;  ///< see guest/copied_directories.hpp
      };
      std::vector<Kept> kept;  ///< what can be written to, and is taken back at the end (`agentbox-guest keep`)
    };
    std::optional<Copies> copies = {};

    /// Directories that are the guest's own, on its disk or on the one that the project keeps, at places of the workspace and elsewhere.
    struct Hot {
      enum class Disk { own, kept } disk = Disk::own;
      std::string shelf;  ///< the directory on the disk that holds them all; plain
      struct Directory {
        std::string name;  ///< on the shelf; plain
        std::string path;  ///< relative to the workspace (left out when that has no place for it), or absolute
      };
      std::vector<Directory> directories;
      std::string ignore;  ///< patterns for git, which sees these directories in the guest alone; empty: none
    };
    std::optional<Hot> hot;

    /// The number that the user is to have: that of the workspace's files as QEMU shows them. None: as it is.
    std::optional<std::uint32_t> uid;

    struct File {
      std::string path;  ///< relative to the user's home
      std::string content;
    };
    std::vector<File> files;  ///< written with mode 0600 as the user's
  };
  std::optional<Prepare> prepare;

  std::string user;               ///< who runs the command
  std::string directory;          ///< working directory; the home when empty
  std::vector<std::string> argv;  ///< empty: the user's login shell
  /// held: it gets a terminal of its own, which shows on the one it is started on and on others (held.hpp), and goes on without them.
  enum class Holding { none, held } holding = Holding::none;
};

/// What the launcher says to a machine that stands still while its state is saved (`agentbox-guest pause`).
struct ThawPlan {
  std::int64_t clock_ns = 0;
  /// Of a machine that was restored elsewhere: what of it makes a machine another one (entropy, names, fork); none: it is the same machine as
  /// before.
  std::optional<GuestPlan::Prepare> identity;
};
std::string to_json_text(const ThawPlan& plan);
/// Throws like guest_plan_from_json().
ThawPlan thaw_plan_from_json(const std::string& text);

using EnvironmentList = std::vector<std::pair<std::string, std::string>>;

/// The plan as JSON. Throws std::length_error when it is longer than a guest's execve would take.
std::string to_json_text(const GuestPlan& plan);

/// The variables that carry the plan. Throws std::length_error when it is longer than a guest's execve would take.
EnvironmentList to_environment(const GuestPlan& plan);

/// Reads to_json_text()'s text. Throws std::runtime_error when they are no plan.
GuestPlan guest_plan_from_json(const std::string& text);

inline constexpr const char* guest_plan_variable_prefix = "AGENTBOX_PLAN_";
/// The command that makes a guest stand still.
inline constexpr const char* guest_pause_command = "/usr/lib/agentbox/agentbox-guest pause";
/// The command to exec in the guest for a plan.
inline constexpr const char* guest_session_command = "/usr/lib/agentbox/agentbox-guest session";

}  // namespace agentbox
