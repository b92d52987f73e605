// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/project_policy.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "config/tighten.hpp"
#include "config/yaml/reader.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/run_plan.hpp"
#include "sys/beneath.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;

class RequestTightener {
 public:
  explicit RequestTightener(std::vector<std::string>& notes) : notes_(notes) {}

  /// looser(a, b): a allows more than b.
  template <class Value, class Looser, class Show>
  void take(std::optional<Value>& asked, const std::optional<Wish<Value>>& wish, const std::string& what, Looser looser, Show show) {
    if (wish && asked && looser(*asked, wish->value)) {
      notes_.push_back(what + ": " + show(wish->value) + " and not " + show(*asked) + ", as " + wish->place.to_string() + " says");
      asked = wish->value;
    }
  }

 private:
  std::vector<std::string>& notes_;
};

}  // namespace

std::optional<ProjectFile> load_project_file(const fs::path& project) {
  const fs::path path = project / project_file_name;
  const Beneath directory(project);
  struct stat status {};
  const UniqueFd file = directory.open(project_file_name, O_RDONLY);
  if (!file && errno == ENOENT) {
    return std::nullopt;
  }
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    const bool link = !file && errno == ELOOP;
    throw Error(ErrorKind::environment, "cannot read " + escape_untrusted(path.string()) + ": " + (link || file ? "it is no plain file" : "it cannot be opened"),
                "it says what a session in this project may do; put it right, or run with --project-file ignore");
  }
  return parse_project_file(read_to_end(file.get(), path, ByteSize(YamlLimits::bytes)), path);
}

RunRequest tighten_request(RunRequest request, const ProjectFile& file, std::vector<std::string>& notes) {
  RequestTightener tightener(notes);
  const auto more = [](const auto& a, const auto& b) { return b < a; };
  const auto looser = [](const auto& a, const auto& b) { return is_looser(a, b); };
  const auto looser_workspace = [](WorkspaceMode a, WorkspaceMode b) { return is_looser(WorkspaceReach{.mode = a}, WorkspaceReach{.mode = b}); };
  const auto word = [](auto mode) { return to_string(mode); };
  const auto number = [](auto count) { return std::to_string(count); };
  const auto text = [](const auto& value) { return value.to_string(); };
  tightener.take(request.cpus, file.cpus, "processors", more, number);
  tightener.take(request.memory, file.memory, "memory", more, text);
  tightener.take(request.disk, file.disk, "disk", more, text);
  tightener.take(request.timeout, file.timeout, "time limit", more, [](std::chrono::seconds time) { return format_duration(time); });
  tightener.take(request.workspace, file.workspace, "workspace", looser_workspace, word);
  tightener.take(request.network, file.network, "network", looser, word);
  tightener.take(request.credentials, file.credentials, "credentials", looser, word);
  tightener.take(request.caps.tokens, file.max_tokens, "max-tokens", more, number);
  tightener.take(request.caps.cost, file.max_cost, "max-cost", more, text);
  tightener.take(request.caps.requests, file.max_requests, "max-requests", more, number);
  tightener.take(request.history, file.history, "history", looser, word);
  tightener.take(request.settings, file.settings, "settings", looser, word);
  tightener.take(request.hot_state, file.hot_state, "hot directories", looser, word);
  if ((file.titles || file.hyperlinks || file.clipboard || file.notifications || file.pasted_images) && request.terminal_filter == TerminalFilter::off) {
    notes.push_back("the terminal filter stays on, since the project says something of the terminal: " + file.source.string());
    request.terminal_filter = TerminalFilter::on;
  }
  if (file.ask && !file.ask->value && request.ask_network == AskNetwork::yes) {
    throw error_at(file.ask->place, "the project wants nobody to be asked about hosts", "leave --ask-network out, or add --project-file ignore");
  }
  return request;
}

}  // namespace agentbox
