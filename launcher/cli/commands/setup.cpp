// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/completion/complete.hpp"
#include "cli/completion/scripts.hpp"
#include "cli/listing.hpp"
#include "cli/options/command_text.hpp"
#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/bring_out.hpp"
#include "session/report.hpp"
#include "store/secret_store.hpp"

#include <algorithm>

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;

std::string mark_of(Finding::Level level) {
  switch (level) {
    case Finding::Level::good:
      return "ok";
    case Finding::Level::note:
      return "note";
    case Finding::Level::problem:
      break;
  }
  return "problem";
}

std::string findings_text(const std::vector<Finding>& findings) {
  constexpr std::size_t mark_width = 9;
  std::string text;
  for (const auto& finding : findings) {
    std::string begin = mark_of(finding.level);
    begin += std::string(mark_width - begin.size(), ' ');
    const std::string words = finding.subject + ": " + finding.message;
    for (const auto& line : split(trim(words), '\n')) {
      text += begin + escape_untrusted(line) + "\n";
      begin.assign(mark_width, ' ');
    }
  }
  return text;
}

/// The names that completion offers. What cannot be listed (a broken config.yaml) offers none: the command itself will
/// say why.
std::vector<std::string> names_of(NameKind kind, const CommandContext& context) {
  const Application application = context.open();
  std::vector<std::string> names;
  switch (kind) {
    case NameKind::agent:
      return application.catalog.agent_names();
    case NameKind::policy:
      return application.catalog.policy_names();
    case NameKind::secret:
      for (const auto& entry : SecretStore(application.directories.data / "secrets").list()) {
        if (names.empty() || names.back() != entry.id.name) {  // one of several scopes
          names.push_back(entry.id.name);
        }
      }
      return names;
    case NameKind::base:
      names = application.catalog.base_image_names();
      for (const auto& build : BaseStore(application.directories.data / "bases").list()) {
        if (std::find(names.begin(), names.end(), build.name) == names.end()) {
          names.push_back(build.name);
        }
      }
      return names;
    case NameKind::session:
      for (const auto& session : SessionStore(application.directories.state / "sessions").list()) {
        names.push_back(session.record.id);
      }
      return names;
    case NameKind::reviewed: {
      for (const auto& session : SessionStore(application.directories.state / "sessions").list()) {
        if (session.record.workspace == "overlay" || session.record.workspace == "copy") {
          names.push_back(session.record.id);
        }
      }
      for (const auto& set : change_store(application).ids()) {
        if (std::find(names.begin(), names.end(), set) == names.end()) {
          names.push_back(set);
        }
      }
      return names;
    }
    case NameKind::agent_or_base:
      names = names_of(NameKind::agent, context);
      for (auto& base : names_of(NameKind::base, context)) {
        names.push_back(std::move(base));
      }
      return names;
    case NameKind::machine_template:
      for (const auto& machine : TemplateStore(application.directories.data / "templates").list()) {
        names.push_back(machine.directory.filename().string());
      }
      return names;
    case NameKind::recording:
      return recorded_sessions(application);
    case NameKind::session_or_snapshot:
      names = names_of(NameKind::session, context);
      for (auto& snapshot : names_of(NameKind::snapshot, context)) {
        names.push_back(std::move(snapshot));
      }
      return names;
    case NameKind::ended:
      return run_archive(application).ids();
    case NameKind::logged:
      names = names_of(NameKind::session, context);
      for (auto& ended : run_archive(application).ids()) {
        if (std::find(names.begin(), names.end(), ended) == names.end()) {
          names.push_back(std::move(ended));
        }
      }
      return names;
    case NameKind::snapshot:
      for (const auto& snapshot : SnapshotStore(application.directories.data / "snapshots").list()) {
        names.push_back(snapshot.directory.filename().string());
      }
      return names;
  }
  return names;
}

}  // namespace

int execute(const ShowText& options, const CommandContext& /*context*/) {
  if (options.to == ShowText::To::output) {
    print(options.text);
  } else {
    print_error_output(options.text);
  }
  return options.exit_code;
}

int execute(const Doctor& options, const CommandContext& context) {
  const auto findings = diagnose(context.open());
  context.progress.finish();
  if (options.format == Format::json) {
    Json value = Json::array();
    for (const auto& finding : findings) {
      value.push_back(
          Json{{"level", mark_of(finding.level)}, {"subject", finding.subject}, {"message", finding.message}});
    }
    print(format_json(value));
  } else {
    print(findings_text(findings));
  }
  const auto is_problem = [](const Finding& finding) { return finding.level == Finding::Level::problem; };
  return std::any_of(findings.begin(), findings.end(), is_problem) ? 1 : 0;
}

int execute(const PrintCompletion& options, const CommandContext& /*context*/) {
  print(completion_script(options.shell));
  return 0;
}

int execute(const CompleteWords& options, const CommandContext& context) {
  const auto names = [&](NameKind kind) -> std::vector<std::string> {
    try {
      return names_of(kind, context);
    } catch (const Error&) {
      return {};
    }
  };
  print(completion_output(complete(options.words, describe_command_line(), names)));
  return 0;
}

}  // namespace agentbox
