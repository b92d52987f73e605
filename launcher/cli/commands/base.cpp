// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "image/base/base_store.hpp"
#include "image/base/layer_plan.hpp"
#include "session/agents.hpp"
#include "sys/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>

namespace agentbox {

namespace {

using Json = nlohmann::ordered_json;

BaseStore bases_of(const Application& application) { return BaseStore(application.directories.data / "bases"); }

/// A definition of the user's that cannot be read must not hide the others.
std::string description_of(const std::string& name, const Application& application) {
  try {
    return application.catalog.base_image(name).description;
  } catch (const Error& error) {
    return std::string("(") + error.what() + ")";
  }
}

std::string state_of(const std::optional<BaseBuild>& build, const Application& application) {
  if (!build) {
    return "not built";
  }
  try {
    return plan_layer(application.catalog, build->name).digest == build->digest ? "built" : "outdated";
  } catch (const Error&) {
    return "built";  // its definition is gone or wrong; the description says so
  }
}

std::string source_of(const BaseImage& image) {
  if (image.debian) return "Debian " + image.debian->release;
  if (image.cloud_image) return image.cloud_image->url;
  return image.from;
}

void build_base(const std::string& name, const BuildBase& options, const Application& application,
                const CommandContext& context) {
  const auto before = bases_of(application).current(name);
  // Whoever asks for a build wants what the definition says today.
  const bool outdated = before && before->digest != plan_layer(application.catalog, name).digest;
  const BaseBuild build = ensure_base(name, outdated ? Rebuild::always : options.rebuild,
                                      application.image_context(options.confinement, options.host_ca));
  context.progress.finish();
  if (context.verbosity == Verbosity::verbose ||
      (context.verbosity == Verbosity::normal && is_terminal(STDERR_FILENO))) {
    const bool unchanged = before && before->build == build.build;
    print_error_output("agentbox: base " + build.name + (unchanged ? " is up to date\n" : " is ready\n"));
  }
}

}  // namespace

int execute(const BuildBase& options, const CommandContext& context) {
  const Application application = context.open();
  if (options.confinement == Confinement::none) {
    context.progress.note("QEMU runs unconfined: a guest that breaks out of it has all your rights.");
  }
  const auto names = options.agents.empty() ? std::vector<std::string>{options.name}
                                            : agent_layers(options.name, options.agents, application.catalog);
  for (const auto& name : names) {
    build_base(name, options, application, context);
  }
  return 0;
}

int execute(const ListBases& options, const CommandContext& context) {
  const Application application = context.open();
  const BaseStore store = bases_of(application);
  std::set<std::string> names;
  for (const auto& name : application.catalog.base_image_names()) {
    names.insert(name);
  }
  for (const auto& build : store.list()) {
    names.insert(build.name);
  }
  Listing listing{.heading = {"BASE", "STATE", "AGE", "DESCRIPTION"}, .rows = {}};
  const auto now = std::chrono::system_clock::now();
  for (const auto& name : names) {
    const auto build = store.current(name);
    const std::string state = state_of(build, application);
    const std::string description = description_of(name, application);
    listing.rows.push_back({name, state, build ? format_age(build->created, now) : "-", description});
    listing.json.push_back(Json{{"name", name},
                                {"state", state},
                                {"created", build ? Json(build->created) : Json(nullptr)},
                                {"directory", build ? Json(build->directory.string()) : Json(nullptr)},
                                {"description", description}});
  }
  print(format_listing(listing, options.format));
  return 0;
}

int execute(const ShowBase& options, const CommandContext& context) {
  const Application application = context.open();
  const BaseImage image = application.catalog.base_image(options.name);
  const LayerPlan plan = plan_layer(application.catalog, options.name);
  const auto build = bases_of(application).current(options.name);
  if (options.format == Format::json) {
    print(format_json(Json{{"name", image.name},
                           {"description", image.description},
                           {"definition", image.definition.string()},
                           {"from", source_of(image)},
                           {"packages", image.packages},
                           {"agents", plan.all_agents},
                           {"user", plan.user},
                           {"size", plan.size.bytes()},
                           {"state", state_of(build, application)},
                           {"created", build ? Json(build->created) : Json(nullptr)},
                           {"directory", build ? Json(build->directory.string()) : Json(nullptr)}}));
    return 0;
  }
  Fields fields = {
      {"base", image.name},       {"description", image.description},      {"definition", image.definition.string()},
      {"from", source_of(image)}, {"packages", join(image.packages, " ")}, {"agents", join(plan.all_agents, " ")},
      {"user", plan.user},        {"disk", plan.size.to_string()},         {"state", state_of(build, application)}};
  if (build) {
    fields.emplace_back("built", build->created);
    fields.emplace_back("directory", build->directory.string());
  }
  print(format_fields(fields));
  return 0;
}

int execute(const RemoveBases& options, const CommandContext& context) {
  const Application application = context.open();
  const BaseStore store = bases_of(application);
  for (const auto& name : options.names) {
    const auto lock = store.try_lock(name);
    if (!lock) {
      throw Error(ErrorKind::environment, "base " + escape_untrusted(name, 80) + " is being built",
                  "Stop that build first.");
    }
    if (!store.current(name)) {
      throw Error(ErrorKind::usage, "base " + escape_untrusted(name, 80) + " is not built", "See agentbox base ls.");
    }
    store.forget(name);
  }
  return 0;
}

}  // namespace agentbox
