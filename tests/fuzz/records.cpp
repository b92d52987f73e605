// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
// state.json and a snapshot's manifest: QEMU may write where they lie, so an escaped one may have written them. What is
// accepted reads itself back after it was saved; everything else is Error{environment}.
#include "store/session_record.hpp"
#include "store/snapshot_manifest.hpp"
#include "sys/files.hpp"
#include "sys/temp_dir.hpp"

#include "support/check.hpp"

#include <fcntl.h>
#include <unistd.h>

using namespace agentbox;
using fuzz::check;

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, std::string_view text) {
  const UniqueFd file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(file.get(), text);
}

template <class Load, class Save>
void accepts_or_explains(const fs::path& file, std::string_view text, Load load, Save save) {
  write(file, text);
  try {
    const auto record = load(file.parent_path());
    save(file.parent_path(), record);
    save(file.parent_path(), load(file.parent_path()));
  } catch (const Error& error) {
    check(error.kind() == ErrorKind::environment);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const TempDir place(fs::temp_directory_path(), "fuzz");
  static const fs::path directory = place.path() / "s1";
  fs::create_directory(directory);
  const std::string_view text = fuzz::text_of(data, size);
  accepts_or_explains(directory / "state.json", text, load_session_record, save_session_record);
  accepts_or_explains(directory / "manifest.json", text, load_snapshot_manifest, save_snapshot_manifest);
  return 0;
}
