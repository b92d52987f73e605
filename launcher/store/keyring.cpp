// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "store/keyring.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sys/files.hpp"
#include "sys/process.hpp"
#include "sys/secret_memory.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <vector>

namespace agentbox {
namespace {

constexpr const char* program_name = "secret-tool";

/// What is longer, secret-tool 0.20.5 stores without its end, and says nothing. Seen with a real one.
constexpr std::size_t longest_for_tool = 8191;
/// What to do about a keyring that does not do its part.
std::string elsewhere(const SecretId& id) {
  return "unlock the keyring, set the variable in the environment, or keep the key in a file: agentbox secret set " +
         to_arguments(id) + " --store file";
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

/// The bus of the user's session, where the D-Bus libraries look for it. Without one, GLib would try to start one.
bool has_session_bus() {
  if (is_set("DBUS_SESSION_BUS_ADDRESS")) return true;
  struct stat info {};
  return is_set("XDG_RUNTIME_DIR") && ::stat((std::string(std::getenv("XDG_RUNTIME_DIR")) + "/bus").c_str(), &info) == 0;
}

/// What secret-tool and a D-Bus client need to find their way, and nothing else: our environment may hold keys.
std::vector<std::string> environment_for_tool() {
  std::vector<std::string> variables{"LC_ALL=C.UTF-8"};  // its messages are shown, and "not found" has none
  for (const char* name : {"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "HOME", "PATH", "DISPLAY", "WAYLAND_DISPLAY",
                           "XAUTHORITY"}) {
    if (is_set(name)) variables.push_back(std::string(name) + "=" + std::getenv(name));
  }
  return variables;
}

std::vector<std::string> with_attributes(std::vector<std::string> words, const SecretId& id) {
  for (const std::string& word : {std::string("application"), std::string("agentbox"), std::string("id"), to_text(id)})
    words.push_back(word);
  return words;
}

struct ToolResult {
  ExitStatus status;
  SecretText output;
  std::string complaint;
};

/// "secret-tool: Cannot ..." without the program's name, escaped; empty when it said nothing of its own. (Libraries print
/// warnings, too.) Standard error goes into a file in memory: no value ever stands there.
std::string complaint_in(int messages) {
  if (::lseek(messages, 0, SEEK_SET) != 0) throw system_error("cannot rewind a file in memory");
  const std::string prefix = std::string(program_name) + ": ";
  for (const std::string& line : split(read_to_end(messages, "a file in memory", ByteSize::mebibytes(1)), '\n')) {
    if (line.starts_with(prefix)) return escape_untrusted(line.substr(prefix.size()), 300);
  }
  return {};
}

/// Throws Error{environment} without a hint when the tool is missing or does not end in time.
ToolResult run_tool(std::vector<std::string> arguments, std::chrono::milliseconds limit,
                    const SecretText* input = nullptr) {
  const auto tool = find_program(program_name);
  if (tool.empty())
    throw Error(ErrorKind::environment, "there is no program secret-tool (apt install libsecret-tools)");
  arguments.insert(arguments.begin(), tool.string());
  ProcessSpec spec{.argv = std::move(arguments), .environment = environment_for_tool(), .working_directory = "/"};
  const UniqueFd messages = make_memory_file();
  spec.fds.push_back({messages.get(), STDERR_FILENO});
  UniqueFd value;
  if (input != nullptr) {
    value = make_sealed_memory(input->view());
    spec.fds.push_back({value.get(), STDIN_FILENO});
  }
  try {
    CapturedSecret captured = run_for_secret(spec, limit, ByteSize::mebibytes(1));
    return {captured.status, std::move(captured.output), complaint_in(messages.get())};
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    throw Error(ErrorKind::environment,
                "it did not answer within " + format_duration(limit) + "; it may be locked, with nobody to unlock it");
  }
}

Error refusal(const SecretId& id, std::string_view attempted, std::string_view reason) {
  return Error(ErrorKind::environment, fmt::format("cannot {} the keyring: {}", attempted, reason), elsewhere(id));
}

/// One call about one item. attempted: "get A_KEY from", for errors.
ToolResult ask_keyring(const SecretId& id, std::string_view attempted, std::vector<std::string> words,
                       std::chrono::milliseconds limit, const SecretText* input = nullptr) {
  if (!has_session_bus()) throw refusal(id, attempted, "there is no session bus here (DBUS_SESSION_BUS_ADDRESS)");
  try {
    ToolResult result = run_tool(with_attributes(std::move(words), id), limit, input);
    if (!result.status.success() && !result.complaint.empty()) throw refusal(id, attempted, result.complaint);
    return result;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    if (!error.hint().empty()) throw;
    throw refusal(id, attempted, error.what());
  }
}

/// Whether an item is there, be it locked.
bool contains(const SecretId& id, std::string_view attempted, std::chrono::milliseconds limit) {
  return !ask_keyring(id, attempted, {"search"}, limit).output.empty();
}

}  // namespace

std::chrono::milliseconds Keyring::default_limit() {
  return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") ? std::chrono::seconds(60) : std::chrono::seconds(5);
}

std::optional<std::string> Keyring::problem() const {
  if (!has_session_bus()) return "there is no session bus (DBUS_SESSION_BUS_ADDRESS) to reach one by";
  try {
    // An id that nothing has: found or not, it never asks anybody to unlock anything.
    const ToolResult result = run_tool({"lookup", "application", "agentbox", "id", "-"}, limit_);
    if (result.complaint.empty()) return std::nullopt;
    return "none answers: " + result.complaint;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    return error.what();
  }
}

void Keyring::set(const SecretId& id, const SecretText& value) {
  const std::string attempted = "put " + id.name + " into";
  if (value.view().size() > longest_for_tool) throw refusal(id, attempted, "its value is longer than 8191 bytes");
  const ToolResult result = ask_keyring(id, attempted, {"store", "--label=agentbox: " + to_text(id)}, limit_, &value);
  if (!result.status.success()) throw refusal(id, attempted, "it is locked");
}

SecretText Keyring::get(const SecretId& id) const {
  const std::string attempted = "get " + id.name + " from";
  ToolResult result = ask_keyring(id, attempted, {"lookup"}, limit_);
  if (!result.status.success())  // it says nothing in both of these cases
    throw refusal(id, attempted, contains(id, attempted, limit_) ? "it is locked" : "it is not there any more");
  if (const auto objection = objection_to_secret(result.output.view()); !objection.empty())
    throw Error(ErrorKind::environment, "the value of " + id.name + " in the keyring " + std::string(objection),
                "Set it again: agentbox secret set " + to_arguments(id));
  return std::move(result.output);
}

void Keyring::remove(const SecretId& id) {
  const std::string attempted = "remove " + id.name + " from";
  ask_keyring(id, attempted, {"clear"}, limit_);
  if (contains(id, attempted, limit_)) throw refusal(id, attempted, "it is locked");
}

}  // namespace agentbox
