// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "image/base/provision.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/error.hpp"
#include "core/loopback_url.hpp"
#include "core/text.hpp"
#include "image/base/guest_archive.hpp"
#include "sys/files.hpp"

namespace agentbox {
namespace {

namespace fs = std::filesystem;
using Environment = std::vector<std::pair<std::string, std::string>>;

// On the guest's tmpfs: it cannot end up in the finished image by being forgotten.
constexpr const char* guest_ca_path = "/run/agentbox-host-ca.pem";

std::optional<std::string> environment_value(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    return std::nullopt;
  }
  return std::string(value);
}

std::vector<fs::path> ca_bundle_candidates() {
  std::vector<fs::path> candidates;
  if (const auto configured = environment_value("SSL_CERT_FILE")) {
    candidates.emplace_back(*configured);
  }
  for (const char* known : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                            "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    candidates.emplace_back(known);
  }
  return candidates;
}

Environment ca_environment() {
  Environment variables;
  for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "PIP_CERT",
                           "REQUESTS_CA_BUNDLE", "CARGO_HTTP_CAINFO"}) {
    variables.emplace_back(name, guest_ca_path);
  }
  return variables;
}

void hand_over_ca(SshConnection& ssh, const HostNetworkSettings& host) {
  const RemoteOutput result = ssh.run({.command = std::string("exec cat > ") + guest_ca_path}, *host.ca_bundle);
  if (!result.status.success()) {
    throw Error(ErrorKind::backend, "cannot hand the host's CA bundle to the image's VM",
                escape_untrusted(result.error_output, 500));
  }
}

void keep_ca(SshConnection& ssh, Progress& progress) {
  run_script(ssh, "keeping the host's CA bundle",
             std::string("cat ") + guest_ca_path + " >> /etc/ssl/certs/ca-certificates.crt\n" +
                 "mkdir -p /etc/agentbox\ncp " + guest_ca_path + " /etc/agentbox/host-ca.pem\n",
             progress);
}

/// Returns its version, or nothing.
std::string install_agent(BuildMachine& vm, const LayerPlan& plan, const AgentProfile& agent, const Environment& environment,
                          Progress& progress) {
  progress.phase("Installing " + agent.name + " in the VM");
  for (const auto& step : install_steps(agent)) {
    run_script(vm.ssh, "installing " + agent.name, step, progress, environment);
  }
  if (agent.verify.empty()) {
    return {};
  }
  // As the guest's user: what works for root only is not installed. npm exits 0 with a stub in place of a program.
  return find_version(
      run_as_user(vm.ssh, "checking " + agent.name + " (" + shell_join(agent.verify) + ")", plan.user, agent.verify, progress));
}

std::string version_in_line(std::string_view line) {
  constexpr std::string_view separators = " \t\r,()";
  while (!line.empty()) {
    const std::string_view word = line.substr(0, line.find_first_of(separators));
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    const std::string_view bare = word.starts_with('v') ? word.substr(1) : word;
    const std::string_view version = bare.ends_with('.') ? bare.substr(0, bare.size() - 1) : bare;
    if (is_version(version) && version.front() >= '0' && version.front() <= '9' && version.find('.') != std::string_view::npos) {
      return std::string(version);
    }
  }
  return {};
}

}  // namespace

HostNetworkSettings read_host_network_settings(ImageContext::HostCa host_ca) {
  HostNetworkSettings settings;
  for (const char* name : {"http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
                           "ALL_PROXY", "npm_config_registry", "NPM_CONFIG_REGISTRY", "PIP_INDEX_URL"}) {
    if (const auto value = environment_value(name)) {
      settings.environment.emplace_back(name, *value);
      const auto port = loopback_port(*value);
      const auto& known = settings.loopback_ports;
      if (port && std::find(known.begin(), known.end(), *port) == known.end()) {
        settings.loopback_ports.push_back(*port);
      }
    }
  }
  if (host_ca == ImageContext::HostCa::hand_over) {
    for (const auto& candidate : ca_bundle_candidates()) {
      if (auto text = read_file_if_exists(candidate)) {
        settings.ca_bundle = std::move(text);
        settings.ca_bundle_path = candidate;
        break;
      }
    }
  }
  return settings;
}

std::string find_version(std::string_view text) {
  std::string found;
  for (const auto& line : split(text, '\n')) {
    if (auto version = version_in_line(line); !version.empty()) {
      found = std::move(version);
    }
  }
  return found;
}

std::map<std::string, std::string> provision(BuildMachine& vm, const LayerPlan& plan, const HostNetworkSettings& host,
                                             const ImageContext& context) {
  Progress& progress = context.progress;
  Environment environment = host.environment;
  for (const Port port : host.loopback_ports) {
    vm.ssh.forward_guest_port(port, port);
  }
  if (host.ca_bundle) {
    hand_over_ca(vm.ssh, host);
    const Environment ca = ca_environment();
    environment.insert(environment.end(), ca.begin(), ca.end());
    progress.note("The host's CA bundle (" + host.ca_bundle_path.string() + ") is used while provisioning" +
                  (context.user_config.keep_host_ca ? " and kept in the image (keep-host-ca)." : ", then dropped."));
  }
  environment.emplace_back("DEBIAN_FRONTEND", "noninteractive");
  // npm gives a connection up that stands still for five minutes. Under emulation on a loaded machine unpacking takes that long.
  environment.emplace_back("npm_config_fetch_timeout", "1800000");
  environment.emplace_back("npm_config_fetch_retries", "5");

  if (!plan.packages.empty()) {
    progress.phase("Installing packages in the VM");
    run_script(vm.ssh, "installing packages",
               "apt-get -q update\napt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io install " +
                   shell_join(plan.packages) + "\napt-get -q clean\nrm -rf /var/lib/apt/lists/*\n",
               progress, environment);
  }
  if (!plan.files.empty() && !std::holds_alternative<DebianRoot>(plan.root)) {
    send_tar(vm.ssh, tar_of(file_entries(plan.files)));
  }
  std::map<std::string, std::string> versions;
  for (const auto& agent : plan.agents) {
    if (auto version = install_agent(vm, plan, agent, environment, progress); !version.empty()) {
      versions.emplace(agent.name, std::move(version));
    }
  }
  for (const auto& step : plan.steps) {
    progress.phase(step.name.empty() ? std::string("Running a provisioning step in the VM") : step.name);
    const std::string what = "step \"" + step.name + "\"";
    if (step.as_root) {
      run_script(vm.ssh, what, step.run, progress, environment);
    } else {
      run_as_user(vm.ssh, what, plan.user, {"sh", "-eu", "-c", step.run}, progress, environment);
    }
  }
  if (host.ca_bundle && context.user_config.keep_host_ca) {
    keep_ca(vm.ssh, progress);
  }
  run_script(vm.ssh, "cleaning up", "rm -rf /root/.npm /root/.cache /tmp/* /var/tmp/*\n", progress);
  return versions;
}

}  // namespace agentbox
