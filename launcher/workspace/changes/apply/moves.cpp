// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/changes/apply/moves.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.hpp"
#include "workspace/changes/project_index.hpp"

namespace agentbox {
namespace {

using Kind = NodeState::Kind;

[[noreturn]] void fail_at(const std::string& what, const std::string& path) {
  throw system_error("cannot " + what + " " + shown_path(path), "nothing was changed; the changes are kept");
}

}  // namespace

void Moves::make_stage() const {
  if (::mkdirat(project_.fd(), stage_.c_str(), 0700) != 0) {
    fail_at("write to", "the project's directory");
  }
  for (const auto& step : steps_) {
    stage_content(step);
  }
}

// Removals from the bottom up, then directories from the top down, then contents, then modes.
void Moves::forward(std::vector<std::string>& left) const {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (is_content(step->before) && (step->after.kind == Kind::absent || step->after.kind == Kind::directory)) {
      take_out(*step);
    } else if (step->before.kind == Kind::directory && step->after.kind != Kind::directory) {
      remove_directory(*step, left);
    }
  }
  for (const auto& step : steps_) {
    if (step.after.kind == Kind::directory && step.before.kind != Kind::directory) {
      const auto at = project_.place(step.path);
      if (!at.parent || ::mkdirat(at.parent.get(), at.name.c_str(), 0700) != 0) {
        fail_at("make the directory", step.path);
      }
    }
  }
  for (const auto& step : steps_) {
    if (is_content(step.after)) {
      if (is_content(step.before)) {
        take_out(step);
      }
      put_in(step);
    }
  }
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (step->after.kind == Kind::directory) {
      set_directory_mode(*step, step->after.mode);
    }
  }
}

void Moves::backward() {
  for (const auto& step : steps_) {
    if (step.before.kind == Kind::directory && step.after.kind == Kind::directory) {
      set_directory_mode(step, step.before.mode);
    }
  }
  for (const auto& step : steps_) {
    if (is_content(step.after) && !staged("new", step)) {
      if (has_same_content(observe_against(project_, step.path, {&step.after}), step.after)) {
        move_to_stage(step, "new");
      } else {
        disturbed_ = true;
      }
    }
  }
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (step->after.kind == Kind::directory && step->before.kind != Kind::directory) {
      const auto at = project_.place(step->path);
      if (at.parent) {
        ::unlinkat(at.parent.get(), at.name.c_str(), AT_REMOVEDIR);
      }
    }
  }
  for (const auto& step : steps_) {
    put_back(step);
  }
}

void Moves::put_back(const Step& step) {
  const auto at = project_.place(step.path);
  if (!at.parent) {
    return;
  }
  if (step.before.kind == Kind::directory && step.after.kind != Kind::directory) {
    if (::mkdirat(at.parent.get(), at.name.c_str(), 0700) == 0) {
      set_directory_mode(step, step.before.mode);
    }
  } else if (staged("old", step) && ::renameat2(project_.fd(), name("old", step).c_str(), at.parent.get(), at.name.c_str(), RENAME_NOREPLACE) != 0) {
    disturbed_ = true;
  }
}

void Moves::remove_stage() const {
  if (disturbed_) {
    throw Error(ErrorKind::environment, "files were changed while changes were being taken back",
                "what was there before is in " + stage_ + " in the project");
  }
  for (const auto& step : steps_) {
    ::unlinkat(project_.fd(), name("new", step).c_str(), 0);
    ::unlinkat(project_.fd(), name("old", step).c_str(), 0);
  }
  ::unlinkat(project_.fd(), stage_.c_str(), AT_REMOVEDIR);
}

bool Moves::staged(const char* kind, const Step& step) const { return project_.look_at(name(kind, step)).has_value(); }

void Moves::stage_content(const Step& step) const {
  const std::string target = name("new", step);
  if (step.after.kind == Kind::link) {
    if (::symlinkat(step.after.target.c_str(), project_.fd(), target.c_str()) != 0) {
      fail_at("make the link", step.path);
    }
  } else if (step.after.kind == Kind::file) {
    const UniqueFd file = project_.open(target, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!file) {
      fail_at("write", step.path);
    }
    blobs_.copy_to(step.after.digest, file.get());
    if (::fchmod(file.get(), step.after.mode & 0777U) != 0) {
      fail_at("set the mode of", step.path);
    }
  }
}

void Moves::move_to_stage(const Step& step, const char* kind) const {
  const auto at = project_.place(step.path);
  if (!at.parent || ::renameat2(at.parent.get(), at.name.c_str(), project_.fd(), name(kind, step).c_str(), RENAME_NOREPLACE) != 0) {
    fail_at("move", step.path);
  }
}

// What was compared may have been replaced since, so what was taken is looked at once more, where nobody reaches it by name.
void Moves::take_out(const Step& step) const {
  move_to_stage(step, "old");
  if (!has_same_content(observe_against(project_, name("old", step), {&step.before}), step.before)) {
    throw Error(ErrorKind::environment, shown_path(step.path) + " was changed at this very moment", "nothing was applied; try again");
  }
}

void Moves::put_in(const Step& step) const {
  const auto at = project_.place(step.path);
  if (!at.parent || ::renameat2(project_.fd(), name("new", step).c_str(), at.parent.get(), at.name.c_str(), RENAME_NOREPLACE) != 0) {
    fail_at("write", step.path);
  }
}

void Moves::remove_directory(const Step& step, std::vector<std::string>& left) const {
  const auto at = project_.place(step.path);
  if (at.parent && ::unlinkat(at.parent.get(), at.name.c_str(), AT_REMOVEDIR) == 0) {
    return;
  }
  if ((errno == ENOTEMPTY || errno == EEXIST) && step.after.kind == Kind::absent) {
    left.push_back(step.path);
  } else {
    fail_at("remove the directory", step.path);
  }
}

void Moves::set_directory_mode(const Step& step, unsigned mode) const {
  const UniqueFd directory = project_.open(step.path, O_RDONLY | O_DIRECTORY);
  if (directory && ::fchmod(directory.get(), mode & 0777U) != 0) {
    fail_at("set the mode of", step.path);
  }
}

}  // namespace agentbox
