// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "session/template_cache.hpp"
#include "sys/terminal.hpp"

#include <fmt/chrono.h>

#include <unistd.h>

#include <algorithm>

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;

Json to_json_value(const TemplateInfo& info) {
  const TemplateKey& key = info.machine.key;
  return {{"name", info.name},
          {"base", info.base},
          {"state", to_string(info.state)},
          {"detail", info.detail},
          {"created", info.machine.created},
          {"last_use", fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(info.last_use)))},
          {"bytes", info.bytes},
          {"sessions", info.sessions},
          {"directory", info.machine.directory.string()},
          {"key",
           {{"qemu", key.qemu},
            {"arguments", key.arguments_digest},
            {"accelerator", to_string(key.shape.accelerator)},
            {"host_processor", key.host_processor},
            {"cpus", key.shape.cpus},
            {"memory", key.shape.memory.bytes()},
            {"disk", key.disk.bytes()},
            {"base_build", key.base_build},
            {"helper", key.helper_digest}}}};
}

RunRequest prewarm_request(const PrewarmTemplate& options, const Application& application) {
  RunRequest request = options.request;
  const auto agents = application.catalog.agent_names();
  if (std::find(agents.begin(), agents.end(), options.name) != agents.end()) {
    request.kind = RunKind::agent;
    request.agent = options.name;
  } else if (!options.name.empty() && request.base) {
    throw Error(ErrorKind::usage,
                escape_untrusted(options.name, 80) + " is no agent, and another base is named by --base",
                "See agentbox agents ls.");
  } else if (!options.name.empty()) {
    request.base = options.name;
  }
  return request;
}

}  // namespace

int execute(const ListTemplates& options, const CommandContext& context) {
  Listing listing{.heading = {"TEMPLATE", "BASE", "MACHINE", "AGE", "USED", "SIZE", "SESSIONS", "STATE"}, .rows = {}};
  const auto now = std::chrono::system_clock::now();
  for (const auto& info : list_templates(context.open())) {
    listing.rows.push_back({info.name, info.base, describe_machine(info.machine.key),
                            format_age(info.machine.created, now), format_age(info.last_use, now),
                            ByteSize(info.bytes).to_string(),
                            info.sessions.empty() ? "-" : std::to_string(info.sessions.size()),
                            to_string(info.state) + (info.detail.empty() ? "" : ": " + info.detail)});
    listing.json.push_back(to_json_value(info));
  }
  print(format_listing(listing, options.format));
  return 0;
}

int execute(const RemoveTemplates& options, const CommandContext& context) {
  const Application application = context.open();
  for (const auto& name : options.names) {
    remove_template(name, application);
  }
  return 0;
}

int execute(const PrewarmTemplate& options, const CommandContext& context) {
  const Application application = context.open();
  if (options.request.confinement == Confinement::none) {
    context.progress.note("QEMU runs unconfined: a guest that breaks out of it has all your rights.");
  }
  const Prewarmed prewarmed = prewarm_template(prewarm_request(options, application), application);
  context.progress.finish();
  if (context.verbosity == Verbosity::verbose ||
      (context.verbosity == Verbosity::normal && is_terminal(STDERR_FILENO))) {
    const bool made = prewarmed.came == EnsuredTemplate::Came::made;
    print_error_output("agentbox: template " + prewarmed.name + (made ? " is ready\n" : " was there already\n"));
  }
  return 0;
}

}  // namespace agentbox
