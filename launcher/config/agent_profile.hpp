// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/units.hpp"

namespace agentbox {

/// How an agent runs: without its own permission prompts, or with them (--ask).
enum class Permissions { skip, ask };

/// Variables of a session by name. Values may hold the placeholders of seed files: {base_url}, {key}, {model}, ...
using VariableTemplates = std::map<std::string, std::string>;

/// A host variable that may hold a key of this agent, and what goes with it.
struct KeyVariable {
  std::string name;  ///< as the agent itself, or its users, know it: ANTHROPIC_API_KEY
  std::string help;  ///< one phrase for the "missing key" message: where to get it
  std::string provider = {};    ///< agents/providers/NAME.yaml; empty: the broker does not know this key
  std::string credential = {};  ///< which of the provider's credentials it is
  std::string base_url_variable = {};        ///< with this key, in the place of the profile's
  std::string default_base_url = {};         ///< with it
  std::string model = {};                    ///< what {model} is with this key, unless the host's variable says otherwise
  VariableTemplates environment = {};        ///< only in sessions with this key
  std::vector<std::string> network_groups = {};  ///< policies/groups/NAME.yaml, likewise
};

/// A file put into the guest user's home before the agent starts, so that its first-run dialogs are answered.
/// content may hold placeholders (seed_template.hpp). Substituted values are escaped for the file's format.
struct SeedFile {
  enum class Format { text, json, toml, yaml };
  std::string path;  ///< relative to the home directory, no ".." component
  std::string content;
  Format format = Format::text;
  /// Only in sessions with one of these keys; empty: only in those without a key, whose user logs in. No value: in all.
  std::optional<std::vector<std::string>> keys = {};
  std::optional<Permissions> permissions = {};  ///< only in sessions that run so; no value: in all
};

/// A file or directory below the user's home, in the guest or on the host.
struct StatePath {
  std::string path;  ///< relative to the home directory, no ".." component
  enum class Kind { file, directory } kind = Kind::file;
};

/// What of its user's own settings on the host an agent's session gets, at the same places below the home (session/agent_settings.hpp).
struct AgentSettings {
  std::vector<StatePath> files = {};  ///< copied as they are: instructions, skills, commands
  /// Single settings of a file, all others stay where they are. What the seed says of the same ones wins.
  struct Chosen {
    std::string path;
    SeedFile::Format format = SeedFile::Format::json;  ///< json, or toml: plain values above all tables
    std::vector<std::string> keys = {};                ///< in json "general.vimMode" is a key in an object
  };
  std::vector<Chosen> chosen = {};
  /// A variable by which the agent's user keeps them elsewhere on the host. In the guest they are where they always are.
  struct Moved {
    std::string variable;                       ///< it names a directory: CODEX_HOME
    std::map<std::string, std::string> places;  ///< what lies below the home without it; where that is in the directory, "." for itself
  };
  std::vector<Moved> moved = {};
};

/// What makes an agent run in one of the two ways.
struct PermissionMode {
  std::vector<std::string> arguments;  ///< added to its command
  VariableTemplates environment;
};

/// One coding agent: how to install, start, authenticate and pre-answer it. agents/NAME.yaml.
struct AgentProfile {
  std::string name;
  std::string description;
  std::string base = "dev";           ///< the base image its layer is built upon
  std::string version = "latest";     ///< what {version} in install stands for
  std::vector<std::string> install;   ///< shell steps, run as root in a VM while the base layer is built
  std::vector<std::string> verify;    ///< argv that must exit 0 after installation (as the guest user)
  std::string tested;                 ///< the version that this profile was tried with; empty: with none, it follows documentation
  std::optional<ByteSize> size;       ///< of its layer, about
  std::vector<std::string> command;   ///< argv to start it, without permission arguments
  PermissionMode skip_permissions;    ///< added by default
  PermissionMode ask_permissions;     ///< added with --ask
  std::vector<std::string> headless;  ///< arguments for one task without a terminal; "{prompt}" is the task
  std::vector<std::string> resume;    ///< arguments that go on with the last conversation
  std::vector<KeyVariable> keys;      ///< the only host variables or stored secrets that may enter its session
  bool key_required = true;           ///< false: works without (local model)
  std::string base_url_variable;      ///< e.g. ANTHROPIC_BASE_URL; empty: none
  std::string default_base_url;       ///< what {base_url} is when the variable is not set on the host
  std::string model_variable;         ///< the host's variable that names another model; empty: none
  VariableTemplates environment;      ///< variables for the session
  VariableTemplates environment_without_terminal;  ///< further ones where it has no terminal, so that nobody can talk to the agent
  std::vector<std::string> pass_environment;  ///< further host variables handed on when set (choice of model and the like)
  bool proxy_variables = false;       ///< it wants http_proxy and its kin, whatever the policy says
  std::vector<std::string> network_groups;  ///< policies/groups/NAME.yaml that it needs where the network is an allowlist
  std::vector<SeedFile> seed;
  AgentSettings settings;
  std::vector<StatePath> state;       ///< what survives a session, per project: conversations, never credentials
  /// one_session: it is a database, which two VMs at once would damage.
  enum class StateUse { shared, one_session } state_use = StateUse::shared;
  std::vector<std::string> notes;     ///< what its user should know
  std::filesystem::path source;       ///< the file it came from, for messages
};

const PermissionMode& permission_mode(const AgentProfile& profile, Permissions permissions);

/// profile.install with {version} replaced.
std::vector<std::string> install_steps(const AgentProfile& profile);
/// Whether another version than the profile's can be asked for at all.
bool takes_version(const AgentProfile& profile);

/// Of letters, digits and ". _ + -", beginning with a letter or digit: it becomes part of a shell command.
bool is_version(std::string_view text);

}  // namespace agentbox
