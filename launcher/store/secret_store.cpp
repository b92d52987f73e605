// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/secret_store.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/guarded_read.hpp"

#include <algorithm>
#include <system_error>

namespace agentbox {

namespace {

constexpr std::size_t longest_value = 65536;

bool is_variable_name(std::string_view text) {
  const auto upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto allowed = [&](char c) { return upper(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 128 && upper(text.front()) && std::all_of(text.begin(), text.end(), allowed);
}

/// Also what keeps a name from leading out of the directory.
const std::string& checked(const std::string& name) {
  if (!is_variable_name(name)) {
    throw Error(ErrorKind::usage, "\"" + escape_untrusted(name, 64) + "\" is not the name of a secret",
                "A secret has the name of the environment variable that the agent reads, such as ANTHROPIC_API_KEY.");
  }
  return name;
}

/// What is wrong with a value, or empty.
std::string_view objection_to(std::string_view value) {
  if (value.empty()) {
    return "is empty";
  }
  if (value.find('\0') != std::string_view::npos) {
    return "holds a NUL byte";
  }
  if (value.find_first_of("\r\n") != std::string_view::npos) {
    return "holds a line end";
  }
  return value.size() > longest_value ? "is too long" : "";
}

}  // namespace

SecretStore::SecretStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

void SecretStore::require_name(const std::string& name) { checked(name); }

void SecretStore::set(const std::string& name, const std::string& value) {
  checked(name);
  if (const auto objection = objection_to(value); !objection.empty()) {
    throw Error(ErrorKind::usage, "the value of " + name + " " + std::string(objection));
  }
  make_directories(directory_);
  std::error_code error;  // an older directory may have been made by hand
  std::filesystem::permissions(directory_, std::filesystem::perms::owner_all, error);
  if (error) {
    throw system_error(error.value(), "cannot make " + escape_untrusted(directory_.native()) + " private");
  }
  write_file_atomically(directory_ / name, value, 0600);
}

std::optional<std::string> SecretStore::get(const std::string& name) const {
  const auto path = directory_ / checked(name);
  std::error_code error;
  // symlink_status: a dangling link is there, and refused below, not "not set".
  if (std::filesystem::symlink_status(path, error).type() == std::filesystem::file_type::not_found) {
    return std::nullopt;
  }
  std::string value = read_private_file(path, ByteSize(longest_value + 1));
  if (!value.empty() && value.back() == '\n') {
    value.pop_back();  // written by hand, with an editor
  }
  if (const auto objection = objection_to(value); !objection.empty()) {
    throw Error(ErrorKind::environment, "the value of the secret " + name + " " + std::string(objection),
                "Set it again: agentbox secret set " + name);
  }
  return value;
}

std::vector<std::string> SecretStore::names() const {
  std::vector<std::string> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_variable_name(entry->path().filename().native())) {
      found.push_back(entry->path().filename());
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw system_error(error.value(), "cannot list " + escape_untrusted(directory_.native()));
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool SecretStore::remove(const std::string& name) {
  const auto path = directory_ / checked(name);
  std::error_code error;
  const bool removed = std::filesystem::remove(path, error);
  if (error) {
    throw system_error(error.value(), "cannot remove " + escape_untrusted(path.native()));
  }
  return removed;
}

}  // namespace agentbox
