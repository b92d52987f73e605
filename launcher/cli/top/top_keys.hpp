// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agentbox {

/// What the user of `agentbox top` has chosen.
struct TopAction {
  enum class Kind { none, quit, attach, stop, allow } kind = Kind::none;
  std::string session = {};
  std::string host = {};  ///< of allow, as typed
  friend bool operator==(const TopAction&, const TopAction&) = default;
};

/// The keys of `agentbox top`: what is chosen, and what is being asked. Pure.
class TopKeys {
 public:
  enum class Asking { nothing, whether_to_stop, which_host };

  /// The ids that are shown, in their order. The chosen one stays chosen, wherever it is now.
  void show(const std::vector<std::string>& ids);
  /// What was read from the terminal. Stops at the first key that is to be acted on; what is behind it is dropped.
  TopAction take(std::string_view typed);

  [[nodiscard]] const std::string& chosen() const { return chosen_; }  ///< empty: there is no session
  [[nodiscard]] Asking asking() const { return asking_; }
  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  TopAction key(char c);
  TopAction key_of_host(char c);
  void move(int by);

  std::vector<std::string> ids_;
  std::string chosen_;
  Asking asking_ = Asking::nothing;
  std::string about_;  ///< the session that is asked about: another may be chosen meanwhile, when it is gone
  std::string host_;
};

}  // namespace agentbox
