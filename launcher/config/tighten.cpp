// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/tighten.hpp"

#include "core/text.hpp"
#include "egress/covers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace agentbox {
namespace {

int strictness(NetworkMode mode) { return mode == NetworkMode::open ? 0 : mode == NetworkMode::allowlist ? 1 : 2; }
int strictness(CredentialMode mode) { return mode == CredentialMode::direct ? 0 : mode == CredentialMode::brokered ? 1 : 2; }
int strictness(HistoryMode mode) { return mode == HistoryMode::keep ? 0 : 1; }
int strictness(SettingsMode mode) { return mode == SettingsMode::import ? 0 : 1; }
int strictness(HotState state) { return state == HotState::keep ? 0 : 1; }
int strictness(TerminalRules::Titles titles) { return titles == TerminalRules::Titles::show ? 0 : 1; }
int strictness(TerminalRules::Hyperlinks links) { return links == TerminalRules::Hyperlinks::show ? 0 : 1; }
int strictness(TerminalRules::PastedImages images) { return images == TerminalRules::PastedImages::hand_over ? 0 : 1; }
int strictness(TerminalRules::Clipboard mode) { return mode == TerminalRules::Clipboard::write ? 0 : 1; }
int strictness(TerminalRules::Notifications mode) {
  return mode == TerminalRules::Notifications::full ? 0 : mode == TerminalRules::Notifications::bell ? 1 : 2;
}

/// How far a session's writing goes: to the project, to changes that are reviewed, nowhere.
int writing(WorkspaceMode mode) { return mode == WorkspaceMode::live ? 2 : is_reviewed(mode) ? 1 : 0; }
/// What it sees: the whole project, what git would track, nothing.
int sight(const WorkspaceReach& reach) {
  if (reach.mode == WorkspaceMode::none) return 0;
  return reach.mode == WorkspaceMode::copy && reach.ignored == Policy::CopyIgnored::no ? 1 : 2;
}

constexpr std::string_view way_out =
    "a project's file may only tighten: take the line out, run with a policy of yours that allows it (--policy NAME), or with "
    "--project-file ignore";

class Tightening {
 public:
  Tightening(Policy& policy, const ProjectFile& file) : policy_(policy), file_(file) {}

  void all() {
    resources();
    workspace();
    network();
    credentials();
    stricter(file_.history, policy_.history, "history", [](HistoryMode mode) { return to_string(mode); });
    stricter(file_.settings, policy_.settings, "settings", [](SettingsMode mode) { return to_string(mode); });
    terminal();
  }

 private:
  void require(bool tighter, const YamlPlace& place, const std::string& wanted, const std::string& policy_says) const {
    if (!tighter) {
      throw error_at(place, fmt::format("\"{}\" is more than the policy \"{}\" allows ({})", escape_untrusted(wanted, 200), policy_.name, escape_untrusted(policy_says, 200)),
                     std::string(way_out));
    }
  }

  template <class Value, class Show>
  void at_most(const std::optional<Wish<Value>>& wish, Value& value, const std::string& key, Show show) const {
    if (wish) {
      require(!(value < wish->value), wish->place, key + ": " + show(wish->value), show(value));
      value = wish->value;
    }
  }
  /// No value is no limit.
  template <class Value, class Show>
  void limit(const std::optional<Wish<Value>>& wish, std::optional<Value>& value, const std::string& key, Show show) const {
    if (wish) {
      require(!value || !(*value < wish->value), wish->place, key + ": " + show(wish->value), value ? show(*value) : "");
      value = wish->value;
    }
  }

  /// Of words in order of strictness.
  template <class Value, class Show>
  void stricter(const std::optional<Wish<Value>>& wish, Value& value, const std::string& key, Show show) const {
    if (wish) {
      require(strictness(wish->value) >= strictness(value), wish->place, key + ": " + show(wish->value), show(value));
      value = wish->value;
    }
  }

  void resources() const {
    auto& own = policy_.resources;
    const auto size = [](const ByteSize& one) { return one.to_string(); };
    at_most(file_.cpus, own.cpus, "cpus", [](int count) { return std::to_string(count); });
    at_most(file_.memory, own.memory, "memory", size);
    at_most(file_.disk, own.disk, "disk", size);
    limit(file_.timeout, own.timeout, "timeout", [](std::chrono::seconds time) { return format_duration(time); });
  }

  void workspace() const {
    const WorkspaceReach now{policy_.workspace, policy_.copy_ignored};
    if (file_.copy_ignored) {
      const auto show = [](Policy::CopyIgnored ignored) { return ignored == Policy::CopyIgnored::yes ? "true" : "false"; };
      require(file_.copy_ignored->value == Policy::CopyIgnored::no || policy_.copy_ignored == Policy::CopyIgnored::yes, file_.copy_ignored->place,
              std::string("copy-ignored: ") + show(file_.copy_ignored->value), show(policy_.copy_ignored));
      policy_.copy_ignored = file_.copy_ignored->value;
    }
    if (file_.workspace) {
      require(!is_looser({file_.workspace->value, policy_.copy_ignored}, now), file_.workspace->place, "mode: " + to_string(file_.workspace->value), to_string(policy_.workspace));
      policy_.workspace = file_.workspace->value;
    }
    policy_.guarded.insert(policy_.guarded.end(), file_.guarded.begin(), file_.guarded.end());
    policy_.hidden.insert(policy_.hidden.end(), file_.hidden.begin(), file_.hidden.end());
    stricter(file_.hot_state, policy_.hot_state, "hot-state", [](HotState state) { return to_string(state); });
  }

  void terminal() const {
    TerminalRules& rules = policy_.terminal;
    stricter(file_.titles, rules.titles, "titles", [](auto one) { return one == TerminalRules::Titles::show ? "true" : "false"; });
    stricter(file_.hyperlinks, rules.hyperlinks, "hyperlinks", [](auto one) { return one == TerminalRules::Hyperlinks::show ? "true" : "false"; });
    stricter(file_.clipboard, rules.clipboard, "clipboard", [](auto one) { return to_string(one); });
    stricter(file_.notifications, rules.notifications, "notifications", [](auto one) { return to_string(one); });
    stricter(file_.pasted_images, rules.pasted_images, "paste-images", [](auto one) { return one == TerminalRules::PastedImages::hand_over ? "true" : "false"; });
  }

  void network() const {
    const bool was_open = policy_.network == NetworkMode::open;
    if (file_.network) {
      require(!is_looser(file_.network->value, policy_.network), file_.network->place, "mode: " + to_string(file_.network->value), to_string(policy_.network));
      policy_.network = file_.network->value;
    }
    NetworkAccess& access = policy_.access;
    if (was_open && policy_.network != NetworkMode::open) {
      // What it listed had no meaning in mode open, and shall get none.
      access.allow.clear();
      access.groups.clear();
    }
    hosts(was_open);
    access.deny.insert(access.deny.end(), file_.deny.begin(), file_.deny.end());
    part_of(file_.lan, access.lan, [](const LanRule& rule) { return rule.text(); });
    part_of(file_.ports, access.ports, [](const PublishedPort& port) { return fmt::format("{}:{}", port.host, port.guest); });
    if (file_.ask) {
      require(!file_.ask->value || access.ask, file_.ask->place, "ask: true", "false");
      access.ask = file_.ask->value;
    }
    access.ask = access.ask && policy_.network == NetworkMode::allowlist;
  }

  void hosts(bool was_open) const {
    NetworkAccess& access = policy_.access;
    const auto refuse_without_list = [&](const YamlPlace& place) {
      if (policy_.network == NetworkMode::open) {
        throw error_at(place, "this has no meaning while the network is open", "say mode: allowlist, and only what is listed is reached");
      }
    };
    if (file_.allow) {
      std::vector<EgressRule> allow;
      for (const auto& [rule, place] : *file_.allow) {
        refuse_without_list(place);
        require(was_open || std::any_of(access.allow.begin(), access.allow.end(), [&rule = rule](const auto& wide) { return covers(wide, rule); }), place,
                "allow: " + rule.text(), "its own list does not have it");
        allow.push_back(rule);
      }
      access.allow = std::move(allow);
    }
    if (file_.groups) {
      std::vector<std::string> groups;
      for (const auto& [group, place] : *file_.groups) {
        refuse_without_list(place);
        require(was_open || std::find(access.groups.begin(), access.groups.end(), group) != access.groups.end(), place, "groups: " + group,
                access.groups.empty() ? "it has none" : join(access.groups, ", "));
        groups.push_back(group);
      }
      access.groups = std::move(groups);
    }
  }

  template <class Value, class Show>
  void part_of(const std::optional<std::vector<Wish<Value>>>& wishes, std::vector<Value>& values, Show show) const {
    if (!wishes) return;
    std::vector<Value> kept;
    for (const auto& [value, place] : *wishes) {
      require(std::find(values.begin(), values.end(), value) != values.end(), place, show(value), "its own list does not have it");
      kept.push_back(value);
    }
    values = std::move(kept);
  }

  void credentials() const {
    if (file_.credentials) {
      require(!is_looser(file_.credentials->value, policy_.credentials), file_.credentials->place, "mode: " + to_string(file_.credentials->value),
              to_string(policy_.credentials));
      policy_.credentials = file_.credentials->value;
    }
    const auto count = [](std::uint64_t one) { return std::to_string(one); };
    brokered_only(file_.max_tokens);
    brokered_only(file_.max_cost);
    brokered_only(file_.max_requests);
    limit(file_.max_tokens, policy_.caps.tokens, "max-tokens", count);
    limit(file_.max_cost, policy_.caps.cost, "max-cost", [](const Money& one) { return one.to_string(); });
    limit(file_.max_requests, policy_.caps.requests, "max-requests", count);
    if (policy_.credentials != CredentialMode::brokered) {
      policy_.caps = {};
      policy_.git.clear();
    }
  }

  template <class Value>
  void brokered_only(const std::optional<Wish<Value>>& cap) const {
    if (cap && policy_.credentials != CredentialMode::brokered) {
      throw error_at(cap->place, "limits need the broker, and credentials are " + to_string(policy_.credentials),
                     "say mode: brokered, or leave the limits out");
    }
  }

  Policy& policy_;
  const ProjectFile& file_;
};

}  // namespace

bool is_looser(const WorkspaceReach& one, const WorkspaceReach& other) {
  return writing(one.mode) > writing(other.mode) || sight(one) > sight(other);
}
bool is_looser(NetworkMode one, NetworkMode other) { return strictness(one) < strictness(other); }
bool is_looser(CredentialMode one, CredentialMode other) { return strictness(one) < strictness(other); }
bool is_looser(HistoryMode one, HistoryMode other) { return strictness(one) < strictness(other); }
bool is_looser(SettingsMode one, SettingsMode other) { return strictness(one) < strictness(other); }
bool is_looser(HotState one, HotState other) { return strictness(one) < strictness(other); }

Policy tighten(Policy policy, const ProjectFile& file) {
  Tightening(policy, file).all();
  return policy;
}

}  // namespace agentbox
