// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guest/guest_plan.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace agentbox {
namespace {

using nlohmann::json;

// Well under MAX_ARG_STRLEN, and under the packet size that sshd accepts.
constexpr std::size_t part_bytes = 24 * 1024;
// ARG_MAX with the usual 8 MiB stack is 2 MiB for arguments and environment together; the environment holds the plan once
// and argv, after exec, once more.
constexpr std::size_t plan_limit_bytes = 900 * 1024;

// Found by the JSON library, which looks where the type is.
}  // namespace

NLOHMANN_JSON_SERIALIZE_ENUM(GuestPlan::Prepare::Workspace::Mode, {{GuestPlan::Prepare::Workspace::Mode::live, "live"},
                                                                   {GuestPlan::Prepare::Workspace::Mode::readonly, "readonly"},
                                                                   {GuestPlan::Prepare::Workspace::Mode::overlay, "overlay"},
                                                                   {GuestPlan::Prepare::Workspace::Mode::copy, "copy"}})

namespace {

using Hot = GuestPlan::Prepare::Hot;

json to_json(const Hot& hot) {
  json directories = json::array();
  for (const auto& one : hot.directories) {
    directories.push_back({{"name", one.name}, {"path", one.path}});
  }
  return {{"kept", hot.disk == Hot::Disk::kept}, {"shelf", hot.shelf}, {"directories", std::move(directories)}, {"ignore", hot.ignore}};
}

Hot hot_from_json(const json& value) {
  Hot hot{.disk = value.at("kept").get<bool>() ? Hot::Disk::kept : Hot::Disk::own,
          .shelf = value.at("shelf").get<std::string>(),
          .directories = {},
          .ignore = value.at("ignore").get<std::string>()};
  for (const auto& one : value.at("directories")) {
    hot.directories.push_back({.name = one.at("name").get<std::string>(), .path = one.at("path").get<std::string>()});
  }
  return hot;
}

json to_json(const GuestPlan::Prepare& prepare) {
  json files = json::array();
  for (const auto& file : prepare.files) {
    files.push_back({{"path", file.path}, {"content", file.content}});
  }
  json result = {{"clock_ns", prepare.clock_ns},
                 {"entropy", prepare.entropy},
                 {"hostname", prepare.hostname},
                 {"machine_id", prepare.machine_id},
                 {"directories", json::array()},
                 {"links", json::array()},
                 {"files", std::move(files)}};
  if (prepare.workspace) {
    result["workspace"] = {{"path", prepare.workspace->path},
                           {"mode", prepare.workspace->mode},
                           {"ignored", prepare.workspace->ignored == GuestPlan::Prepare::Workspace::Ignored::with},
                           {"leave_out_names", prepare.workspace->leave_out_names},
                           {"leave_out", prepare.workspace->leave_out == GuestPlan::Prepare::Workspace::LeaveOut::ignored}};
  }
  for (const auto& one : prepare.directories) {
    result["directories"].push_back({{"name", one.name}, {"path", one.path}, {"read_only", one.read_only}, {"layered", one.layered}});
  }
  for (const auto& one : prepare.links) {
    result["links"].push_back({{"target", one.target}, {"path", one.path}});
  }
  if (prepare.copies) {
    result["copies"] = json::array();
    for (const auto& kept : prepare.copies->kept) {
      result["copies"].push_back({{"name", kept.name}, {"whole", kept.how == GuestPlan::Prepare::Copies::Kept::How::whole}});
    }
  }
  if (prepare.hot) {
    result["hot"] = to_json(*prepare.hot);
  }
  if (const auto& fork = prepare.fork) {
    result["fork"] = {{"boot_id", fork->boot_id},
                      {"mac", fork->mac},
                      {"host_key", fork->host_key}};
  }
  if (prepare.uid) {
    result["uid"] = *prepare.uid;
  }
  return result;
}

GuestPlan::Prepare prepare_from_json(const json& value) {
  GuestPlan::Prepare prepare;
  prepare.clock_ns = value.at("clock_ns").get<std::int64_t>();
  prepare.entropy = value.at("entropy").get<std::string>();
  prepare.hostname = value.at("hostname").get<std::string>();
  prepare.machine_id = value.at("machine_id").get<std::string>();
  for (const auto& file : value.at("files")) {
    prepare.files.push_back({file.at("path").get<std::string>(), file.at("content").get<std::string>()});
  }
  for (const auto& one : value.at("directories")) {
    prepare.directories.push_back({.name = one.at("name").get<std::string>(),
                                   .path = one.at("path").get<std::string>(),
                                   .read_only = one.at("read_only").get<bool>(),
                                   .layered = one.at("layered").get<bool>()});
  }
  for (const auto& one : value.at("links")) {
    prepare.links.push_back({.target = one.at("target").get<std::string>(), .path = one.at("path").get<std::string>()});
  }
  if (value.contains("copies")) {
    using Kept = GuestPlan::Prepare::Copies::Kept;
    prepare.copies.emplace();
    for (const auto& kept : value.at("copies")) {
      prepare.copies->kept.push_back({.name = kept.at("name").get<std::string>(), .how = kept.at("whole").get<bool>() ? Kept::How::whole : Kept::How::merged});
    }
  }
  if (value.contains("hot")) {
    prepare.hot = hot_from_json(value.at("hot"));
  }
  if (value.contains("fork")) {
    const auto& fork = value.at("fork");
    prepare.fork = GuestPlan::Prepare::Fork{.boot_id = fork.at("boot_id").get<std::string>(),
                                            .mac = fork.at("mac").get<std::string>(),
                                            .host_key = fork.at("host_key").get<std::string>()};
  }
  if (value.contains("uid")) {
    prepare.uid = value.at("uid").get<std::uint32_t>();
  }
  if (value.contains("workspace")) {
    const auto& workspace = value.at("workspace");
    using Workspace = GuestPlan::Prepare::Workspace;
    prepare.workspace =
        Workspace{.path = workspace.at("path").get<std::string>(),
                  .mode = workspace.at("mode").get<Workspace::Mode>(),
                  .ignored = workspace.at("ignored").get<bool>() ? Workspace::Ignored::with : Workspace::Ignored::without,
                  .leave_out_names = workspace.at("leave_out_names").get<std::vector<std::string>>(),
                  .leave_out = workspace.at("leave_out").get<bool>() ? Workspace::LeaveOut::ignored : Workspace::LeaveOut::nothing};
  }
  return prepare;
}

// File names and arguments are bytes, JSON is Unicode: each byte becomes the code point of the same number. Arguments in
// UTF-8 double in size, which costs nothing that matters.
std::string bytes_to_utf8(const std::string& bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char character : bytes) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x80) {
      text.push_back(character);
    } else {
      text.push_back(static_cast<char>(0xC0U | (byte >> 6U)));
      text.push_back(static_cast<char>(0x80U | (byte & 0x3FU)));
    }
  }
  return text;
}

std::string utf8_to_bytes(const std::string& text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      bytes.push_back(text[i]);
    } else if ((byte & 0xFCU) == 0xC0U && i + 1 < text.size()) {
      bytes.push_back(static_cast<char>(((byte & 0x03U) << 6U) | (static_cast<unsigned char>(text[++i]) & 0x3FU)));
    } else {
      throw std::runtime_error("the plan holds a character that is no byte");
    }
  }
  return bytes;
}

// Every string of a value, through the given conversion.
json convert_strings(const json& value, std::string (*convert)(const std::string&)) {
  if (value.is_string()) {
    return convert(value.get<std::string>());
  }
  if (!value.is_structured()) {
    return value;
  }
  json result = value;
  for (auto& member : result) {
    member = convert_strings(member, convert);
  }
  return result;
}

}  // namespace

std::string to_json_text(const GuestPlan& plan) {
  // dump() refuses strings that are not UTF-8, so the conversion comes before it.
  json value = {{"user", plan.user},
                {"directory", plan.directory},
                {"argv", plan.argv},
                {"held", plan.holding == GuestPlan::Holding::held}};
  if (plan.prepare) {
    value["prepare"] = to_json(*plan.prepare);
  }
  std::string text = convert_strings(value, bytes_to_utf8).dump();
  if (text.size() > plan_limit_bytes) {
    throw std::length_error("the command and its arguments are longer than a guest accepts");
  }
  return text;
}

EnvironmentList to_environment(const GuestPlan& plan) {
  const std::string text = to_json_text(plan);
  EnvironmentList parts;
  for (std::size_t at = 0; at < text.size(); at += part_bytes) {
    parts.emplace_back(guest_plan_variable_prefix + std::to_string(parts.size()), text.substr(at, part_bytes));
  }
  return parts;
}

GuestPlan guest_plan_from_json(const std::string& text) {
  const json value = convert_strings(json::parse(text), utf8_to_bytes);
  GuestPlan plan;
  plan.user = value.at("user").get<std::string>();
  plan.directory = value.at("directory").get<std::string>();
  plan.argv = value.at("argv").get<std::vector<std::string>>();
  plan.holding = value.at("held").get<bool>() ? GuestPlan::Holding::held : GuestPlan::Holding::none;
  if (value.contains("prepare")) {
    plan.prepare = prepare_from_json(value.at("prepare"));
  }
  return plan;
}

std::string to_json_text(const ThawPlan& plan) {
  json value = {{"clock_ns", plan.clock_ns}};
  if (plan.identity) {
    value["identity"] = to_json(*plan.identity);
  }
  return value.dump();
}

ThawPlan thaw_plan_from_json(const std::string& text) {
  const json value = json::parse(text);
  ThawPlan plan{.clock_ns = value.at("clock_ns").get<std::int64_t>(), .identity = {}};
  if (value.contains("identity")) {
    plan.identity = prepare_from_json(value.at("identity"));
  }
  return plan;
}

}  // namespace agentbox
