// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agentbox::broker {

/// One of the four requests that git's "smart" HTTP transport consists of (gitprotocol-http(5)).
struct GitRequest {
  enum class Service { upload_pack, receive_pack } service = Service::upload_pack;  ///< fetch, push
  enum class Step { advertise, call } step = Step::advertise;  ///< GET .../info/refs, POST .../git-SERVICE
  std::string repository;                                      ///< "owner/name", by is_git_repository()

  [[nodiscard]] bool pushes() const { return service == Service::receive_pack; }
  [[nodiscard]] std::string_view service_name() const { return pushes() ? "git-receive-pack" : "git-upload-pack"; }
  /// "git fetch" or "git push", for the log.
  [[nodiscard]] std::string action() const { return pushes() ? "git push" : "git fetch"; }
  /// Below the service's URL, and always with ".git": some services redirect what comes without.
  [[nodiscard]] std::string target() const;
  friend bool operator==(const GitRequest&, const GitRequest&) = default;
};

/// path: below the service, plain (is_plain_path()), "/owner/name.git/info/refs". No value for anything that is not
/// exactly such a request: LFS, the files of the "dumb" transport, an API, another query. Pure.
std::optional<GitRequest> parse_git_request(std::string_view method, std::string_view path, std::string_view query);

}  // namespace agentbox::broker
