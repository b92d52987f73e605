// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/git/request.hpp"

#include "config/git_access.hpp"

#include <fmt/format.h>

#include <array>

namespace agentbox::broker {
namespace {

struct Form {
  std::string_view method;
  std::string_view end;  ///< of the path
  std::string_view query;
  GitRequest::Service service;
  GitRequest::Step step;
};
constexpr std::array<Form, 4> forms{{
    {"GET", "/info/refs", "service=git-upload-pack", GitRequest::Service::upload_pack, GitRequest::Step::advertise},
    {"GET", "/info/refs", "service=git-receive-pack", GitRequest::Service::receive_pack, GitRequest::Step::advertise},
    {"POST", "/git-upload-pack", "", GitRequest::Service::upload_pack, GitRequest::Step::call},
    {"POST", "/git-receive-pack", "", GitRequest::Service::receive_pack, GitRequest::Step::call},
}};

}  // namespace

std::string GitRequest::target() const {
  return step == Step::advertise ? fmt::format("/{}.git/info/refs?service={}", repository, service_name())
                                 : fmt::format("/{}.git/{}", repository, service_name());
}

std::optional<GitRequest> parse_git_request(std::string_view method, std::string_view path, std::string_view query) {
  for (const Form& form : forms) {
    if (method != form.method || query != form.query || !path.ends_with(form.end)) continue;
    std::string_view repository = path.substr(0, path.size() - form.end.size());
    if (repository.starts_with('/')) repository.remove_prefix(1);
    if (repository.ends_with(".git")) repository.remove_suffix(4);
    if (!is_git_repository(repository)) return std::nullopt;
    return GitRequest{.service = form.service, .step = form.step, .repository = std::string(repository)};
  }
  return std::nullopt;
}

}  // namespace agentbox::broker
