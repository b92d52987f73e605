// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace agentbox {

/// A host variable that may hold a key of this agent.
struct KeyVariable {
  std::string name;  ///< as the agent itself knows it: ANTHROPIC_API_KEY
  std::string help;  ///< one phrase for the "missing key" message: where to get it
  std::string provider;    ///< agents/providers/NAME.yaml; empty: the broker does not know this key
  std::string credential;  ///< which of the provider's credentials it is
};

/// A file put into the guest user's home before the agent starts, so that its first-run dialogs are answered.
/// content may hold placeholders: {project}, {home}, {base_url}, {key_tail20} (the last 20 characters of the first key).
/// Substituted values are escaped for the file's format.
struct SeedFile {
  enum class Format { text, json, toml };
  std::string path;  ///< relative to the home directory, no ".." component
  std::string content;
  Format format = Format::text;
};

/// What an agent keeps of its conversations, below the guest user's home.
struct StatePath {
  std::string path;  ///< relative to the home directory, no ".." component
  enum class Kind { file, directory } kind = Kind::file;
};

/// One coding agent: how to install, start, authenticate and pre-answer it. agents/NAME.yaml.
struct AgentProfile {
  std::string name;
  std::string description;
  std::string base = "dev";           ///< the base image its layer is built upon
  std::vector<std::string> install;   ///< shell steps, run as root in a VM while the base layer is built
  std::vector<std::string> verify;    ///< argv that must exit 0 after installation (as the guest user)
  std::vector<std::string> command;   ///< argv to start it, without permission arguments
  std::vector<std::string> skip_permissions;  ///< arguments added by default, left out with --ask
  std::vector<KeyVariable> keys;      ///< the only host variables or stored secrets that may enter its session
  bool key_required = true;           ///< false: works without (local model)
  std::string base_url_variable;      ///< e.g. ANTHROPIC_BASE_URL; empty: none
  std::string default_base_url;       ///< what {base_url} is when the variable is not set on the host
  std::map<std::string, std::string> environment;  ///< fixed variables for the session
  std::vector<std::string> pass_environment;  ///< further host variables handed on when set (model choice and the like)
  bool proxy_variables = false;       ///< it wants http_proxy and its kin, whatever the policy says
  std::vector<SeedFile> seed;
  std::vector<StatePath> state;       ///< what survives a session, per project: conversations, never credentials
  std::filesystem::path source;       ///< the file it came from, for messages
};

}  // namespace agentbox
