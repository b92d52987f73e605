// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/aliases/marked_block.hpp"
#include "cli/aliases/startup_file.hpp"
#include "cli/commands/commands.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "core/text.hpp"

namespace agentbox {

namespace {

std::string alias_lines(const PrintAliases& options, const CommandContext& context) {
  const Catalog catalog = context.open().catalog;
  std::string text;
  for (const auto& name : options.agents.empty() ? catalog.agent_names() : options.agents) {
    // Throws for a name that is none; and a name is made of characters that no shell minds.
    const AgentProfile agent = catalog.agent(name);
    text += "alias " + agent.name + "='agentbox " + agent.name + "'\n";
  }
  return text;
}

// In a block that is all there is: taking it out then leaves no empty file behind.
constexpr const char* made_for_it = "# This file was made for them.\n";

std::string shown_file(const std::filesystem::path& file) { return escape_untrusted(abbreviate_home(file.string())); }

int install_aliases(const std::filesystem::path& file, const std::string& lines) {
  const std::string before = read_startup_file(file);
  const bool made = before.empty() ? !std::filesystem::exists(file) : before.find(made_for_it) != std::string::npos;
  const std::string after = with_marked_block(before, (made ? made_for_it : "") + lines);
  if (after == before) {
    print(shown_file(file) + " has these aliases already:\n" + lines);
    return 0;
  }
  write_startup_file(file, after);
  print("Written to " + shown_file(file) + ":\n" + lines + "New shells have them; this one after: source " +
        shown_file(file) + "\nTo take them out again: agentbox alias --uninstall\n");
  return 0;
}

int uninstall_aliases(const std::filesystem::path& file) {
  const std::string before = read_startup_file(file);
  const auto after = without_marked_block(before);
  if (!after) {
    print(shown_file(file) + " has no aliases of agentbox's.\n");
    return 0;
  }
  if (after->empty() && before.find(made_for_it) != std::string::npos) {
    remove_startup_file(file);
  } else {
    write_startup_file(file, *after);
  }
  print("Removed from " + shown_file(file) + ". Shells that run keep them until they end.\n");
  return 0;
}

}  // namespace

int execute(const PrintAliases& options, const CommandContext& context) {
  if (options.action == PrintAliases::Do::print) {
    print(alias_lines(options, context));
    return 0;
  }
  const auto file = startup_file(options.shell ? *options.shell : login_shell());
  return options.action == PrintAliases::Do::install ? install_aliases(file, alias_lines(options, context))
                                                     : uninstall_aliases(file);
}

}  // namespace agentbox
