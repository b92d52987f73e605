// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/base/base_store.hpp"
#include "image/base/layer_plan.hpp"
#include "session/manage.hpp"
#include "session/template_cache.hpp"
#include "store/secret_store.hpp"
#include "sys/files.hpp"
#include "sys/landlock.hpp"
#include "sys/namespaces.hpp"
#include "sys/process.hpp"
#include "sys/temp_dir.hpp"
#include "sys/walls.hpp"
#include "vm/qemu/confinement.hpp"
#include "wire/network_room.hpp"

namespace agentbox {
namespace {

using Level = Finding::Level;

class Examination {
 public:
  explicit Examination(const Application& application) : application_(application) {}

  std::vector<Finding> run() {
    check_qemu();
    check_confinement();
    check_network();
    check_build_tools();
    check_definitions();
    check_keys();
    check_bases();
    check_templates();
    check_space();
    check_sessions();
    return std::move(findings_);
  }

 private:
  void add(Level level, std::string subject, std::string message) {
    findings_.push_back({level, std::move(subject), std::move(message)});
  }

  // What a check throws is its finding.
  template <class Check>
  void attempt(const std::string& subject, Check check) {
    try {
      check();
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      add(Level::problem, subject, error.what() + (error.hint().empty() ? "" : "\n" + error.hint()));
    }
  }

  void check_qemu() {
    attempt("QEMU", [&] {
      qemu_ = find_qemu(application_.user_config.qemu, application_.directories.cache);
      const bool read_only = opens_ram_read_only(qemu_->version);
      add(Level::good, "QEMU", qemu_->version + " at " + qemu_->path.string() +
                                   (read_only ? "; it opens the memory of templates read-only" : ""));
      if (!read_only) {
        add(Level::note, "QEMU",
            "before 8.2 it opens the memory of templates for writing, which is found out but not prevented; 10.0 (Debian 13, and "
            "backports of Debian 12) does not, and boots in about half the time\n"
            "apt install -t bookworm-backports qemu-system-x86, or config.yaml: qemu: /path/to/qemu-system-x86_64");
      }
    });
  }

  void check_confinement() {
    const auto no_bubblewrap = confinement_problem();
    const auto no_namespaces = namespace_problem();
    if (!no_bubblewrap && !no_namespaces) {
      add(Level::good, "confinement", "bubblewrap works, and /proc shows its walls: QEMU sees its own files, the project and /usr, and nothing else");
      return;
    }
    const std::string reason = no_bubblewrap.value_or(no_namespaces.value_or(""));
    if (const auto no_landlock = landlock_problem()) {
      add(Level::problem, "confinement",
          reason + "\n" + *no_landlock + "\nwithout either agentbox refuses to start a VM, unless you say --unconfined");
      return;
    }
    confinement_ = Confinement::landlock;
    add(Level::good, "confinement",
        fmt::format("Landlock (version {}) and seccomp work, tried with a program, and /proc shows what it can of them: QEMU can open its own files, the project and "
                    "/usr, and nothing else, start nothing and make no socket",
                    landlock_abi()));
    add(Level::note, "confinement",
        reason + "\nuser namespaces and bubblewrap would hide more: which files exist, and their modes and times");
  }

  void check_network() {
    attempt("network", [&] {
      const TempDir scratch(std::filesystem::temp_directory_path(), "agentbox");
      const bool namespaces = confinement_ != Confinement::landlock;
      NetworkRoom::start({.program = application_.shipped.wire_program,
                          .dial_socket = scratch.path() / "dial",
                          .stack = namespaces ? RoomSpec::Stack::kernel : RoomSpec::Stack::own});
      add(Level::good, "network",
          namespaces ? "a VM's network ends in an empty network namespace"
                     : "a VM's network ends in agentbox-wire, which can make no socket that leads anywhere");
    });
  }

  void check_build_tools() {
    for (const auto& [program, package] : {std::pair{"mmdebstrap", "mmdebstrap"}, std::pair{"mke2fs", "e2fsprogs"},
                                           std::pair{"qemu-img", "qemu-utils"}}) {
      if (find_program(program).empty()) {
        add(Level::problem, "image building", std::string(program) + " is missing\napt install " + package);
      }
    }
    if (geteuid() != 0 && confinement_ == Confinement::landlock) {
      add(Level::note, "image building",
          "Debian images cannot be built without user namespaces\nbuild them as root or on another host and copy the base's "
          "directory (agentbox base show), or start from a cloud image");
    } else if (geteuid() != 0) {
      check_subordinate_ids();
    }
  }

  // Rootless mmdebstrap needs a range of user ids to play root with (subuid(5)).
  void check_subordinate_ids() {
    if (find_program("newuidmap").empty()) {
      add(Level::problem, "image building", "newuidmap is missing\napt install uidmap");
      return;
    }
    const char* user = getlogin() != nullptr ? getlogin() : std::getenv("USER");
    const std::string prefix = std::string(user != nullptr ? user : "") + ":";
    const std::string ranges = "\n" + read_file_if_exists("/etc/subuid").value_or("");
    if (ranges.find("\n" + prefix) == std::string::npos &&
        ranges.find("\n" + std::to_string(geteuid()) + ":") == std::string::npos) {
      add(Level::problem, "image building",
          "you have no subordinate user ids, so Debian images cannot be built\n"
          "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 " + prefix.substr(0, prefix.size() - 1));
    } else {
      add(Level::good, "image building", "mmdebstrap works without root rights");
    }
  }

  void check_definitions() {
    attempt("definitions", [&] {
      for (const auto& name : application_.catalog.agent_names()) {
        static_cast<void>(application_.catalog.agent(name));
      }
      for (const auto& name : application_.catalog.policy_names()) {
        static_cast<void>(application_.catalog.policy(name));
      }
      for (const auto& name : application_.catalog.base_image_names()) {
        static_cast<void>(plan_layer(application_.catalog, name));
      }
      add(Level::good, "definitions", "agents, policies and base images are readable");
    });
  }

  void check_keys() {
    attempt("keys", [&] {
      const auto choice = SecretStore(application_.directories.data / "secrets").choose(application_.user_config.secret_store);
      const bool keyring = choice.place == SecretStore::Place::keyring;
      add(choice.reason.empty() ? Level::good : Level::note, "keys",
          keyring ? "agentbox secret keeps them in the keyring of your session"
                  : "agentbox secret keeps them in files that only you can read" +
                        (choice.reason.empty() ? "" : "\nno keyring: " + choice.reason));
    });
  }

  void check_bases() {
    attempt("base images", [&] {
      const BaseStore store(application_.directories.data / "bases");
      const auto builds = store.list();
      if (builds.empty()) {
        add(Level::note, "base images", "none built yet; the first run builds what it needs");
        add(Level::note, "accelerator", "is chosen when the first base image is there (it boots that image's kernel)");
      }
      for (const auto& build : builds) {
        const bool stale = plan_layer(application_.catalog, build.name).digest != build.digest;
        add(stale ? Level::note : Level::good, "base " + build.name,
            stale ? "is older than its definition\nagentbox base build " + build.name + " --force" : "built " + build.created);
      }
      if (!builds.empty() && qemu_) {
        const auto verdict = choose_accelerator(*qemu_, builds.front().kernel(), builds.front().initrd(),
                                                application_.directories.cache, application_.user_config.accelerator);
        add(verdict.accelerator == Accelerator::kvm ? Level::good : Level::note, "accelerator",
            to_string(verdict.accelerator) + ": " + verdict.reason);
      }
    });
  }

  void check_templates() {
    attempt("templates", [&] {
      const auto infos = list_templates(application_);
      std::uint64_t bytes = 0;
      std::size_t of_other_qemu = 0;
      for (const auto& info : infos) {
        bytes += info.bytes;
        of_other_qemu += info.state == TemplateInfo::State::other_qemu ? 1 : 0;
      }
      if (!infos.empty()) {
        add(Level::good, "templates",
            fmt::format("{}, {} on disk{}", infos.size(), ByteSize(bytes).to_string(),
                        of_other_qemu == 0 ? "" : fmt::format("; {} of them made by another QEMU, and not used with this one", of_other_qemu)));
      }
      const TemplateStore store(application_.directories.data / "templates");
      for (const auto& reason : store.failures().all_given_up(std::chrono::system_clock::now())) {
        add(Level::note, "templates", "two of one kind failed in a row, so such VMs boot cold for a day: " + reason + "\nagentbox template prewarm tries again");
      }
    });
  }

  void check_space() {
    std::error_code missing;
    std::filesystem::path place = application_.directories.data;
    while (!std::filesystem::exists(place) && place.has_parent_path()) {
      place = place.parent_path();
    }
    const auto space = std::filesystem::space(place, missing);
    constexpr auto wanted = ByteSize::gibibytes(8);
    if (!missing) {
      const ByteSize available(space.available);
      add(available < wanted ? Level::problem : Level::good, "disk",
          available.to_string() + " free at " + place.string() +
              (available < wanted ? "\na base image and its templates want " + wanted.to_string() : ""));
    }
  }

  void check_sessions() {
    for (const auto& session : SessionStore(application_.directories.state / "sessions").list()) {
      if (!session.live) {
        add(Level::note, "session " + session.record.id, "is not running any more\nagentbox gc cleans up");
      }
    }
  }

  const Application& application_;
  std::optional<QemuProgram> qemu_;
  Confinement confinement_ = Confinement::bubblewrap;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> diagnose(const Application& application) { return Examination(application).run(); }

}  // namespace agentbox
