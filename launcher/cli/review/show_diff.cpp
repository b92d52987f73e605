// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/review/show_diff.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/output.hpp"
#include "cli/review/change_json.hpp"
#include "cli/review/chosen.hpp"
#include "cli/review/notes.hpp"
#include "cli/review/pager.hpp"
#include "cli/review/shown_patch.hpp"
#include "sys/files.hpp"
#include "sys/terminal.hpp"
#include "workspace/changes/patch.hpp"

namespace agentbox {
namespace {

// git's own files are no text for people, and `git apply` takes none of them; that there are some is said.
std::vector<Change> without_git_directory(const std::vector<Change>& changes) {
  std::vector<Change> rest;
  std::copy_if(changes.begin(), changes.end(), std::back_inserter(rest), [](const auto& change) { return !is_in_git_directory(change.path); });
  return rest;
}

/// Where a diff goes.
class Output {
 public:
  Output() {
    if (is_terminal(STDOUT_FILENO)) {
      if (const auto command = wanted_pager()) {
        pager_.emplace(*command);
      }
    }
  }
  /// False when nobody reads on.
  bool write(std::string_view text) {
    if (pager_) {
      return pager_->write(text);
    }
    print(text);
    return true;
  }
  [[nodiscard]] bool has_pager() const { return pager_.has_value(); }

 private:
  std::optional<Pager> pager_;
};

std::string stat_of(const std::vector<Change>& changes, const BlobStore& blobs) {
  std::vector<PatchFile> files;
  for_each_patch(changes, blobs, BinaryForm::named, [&](PatchFile file) {
    file.header.clear();
    file.body.clear();
    file.body.shrink_to_fit();
    files.push_back(std::move(file));
  });
  return patch_stat(files);
}

std::string names_of(const std::vector<Change>& changes, const BlobStore& blobs, ShowDiff::Print form) {
  std::string text;
  for (const auto& pair : pair_files(changes, blobs)) {
    text += (form == ShowDiff::Print::name_status ? name_status(pair) : quote_for_patch(pair.is->path)) + "\n";
  }
  return text;
}

// To eyes it is escaped, to a program it is a patch.
void put_patch(const std::vector<Change>& changes, const BlobStore& blobs, ColorChoice choice, Output& output) {
  const Color color = wants_color(choice) ? Color::on : Color::off;
  const bool for_eyes = color == Color::on || is_terminal(STDOUT_FILENO);
  bool read = true;
  for_each_patch(changes, blobs, for_eyes ? BinaryForm::named : BinaryForm::literal, [&](const PatchFile& file) {
    read = read && output.write(for_eyes ? shown_patch(file, color) : file.text());
  });
}

}  // namespace

bool wants_color(ColorChoice choice) {
  const char* terminal = std::getenv("TERM");
  return choice == ColorChoice::always ||
         (choice == ColorChoice::automatic && is_terminal(STDOUT_FILENO) && terminal != nullptr && std::string_view(terminal) != "dumb");
}

void write_patch(const std::filesystem::path& file, const std::vector<Change>& changes, const BlobStore& blobs) {
  write_file_atomically(
      file,
      [&](int fd) {
        std::string text;  // of some files at once; all of them may be more than fits into memory
        for_each_patch(without_git_directory(changes), blobs, BinaryForm::literal, [&](const PatchFile& one) {
          text += one.text();
          if (text.size() >= std::size_t{64} * 1024) {
            write_all(fd, std::exchange(text, {}));
          }
        });
        write_all(fd, text);
      },
      0644);
}

void show_diff(const ShowDiff& options, const ChangeSet& set, const BlobStore& blobs) {
  const std::vector<Change> changes = chosen_changes(set, project_paths(options.paths, set.project));
  if (options.patch_out) {
    write_patch(*options.patch_out, changes, blobs);
    print_error_output(notes_on(set, changes));
    return;
  }
  if (options.print == ShowDiff::Print::json) {
    print(change_json(set, changes).dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + "\n");
    return;
  }
  const std::string notes = options.print == ShowDiff::Print::names || options.print == ShowDiff::Print::name_status ? "" : notes_on(set, changes);
  const std::vector<Change> shown = without_git_directory(changes);
  Output output;
  switch (options.print) {
    case ShowDiff::Print::stat:
      output.write(stat_of(shown, blobs));
      break;
    case ShowDiff::Print::names:
    case ShowDiff::Print::name_status:
      output.write(names_of(shown, blobs, options.print));
      break;
    case ShowDiff::Print::patch:
    case ShowDiff::Print::json:
      put_patch(shown, blobs, options.color, output);
      break;
  }
  if (output.has_pager()) {
    output.write(notes);
  } else {
    print_error_output(notes);
  }
}

}  // namespace agentbox
