// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "guard/trees.hpp"

#include "core/error.hpp"

#include <charconv>

namespace agentbox {
namespace {

constexpr std::string_view magic = "agentbox guarded trees 1";

void put_field(std::string& text, std::string_view field) { (text += field) += '\0'; }

void put_list(std::string& text, const std::vector<std::string>& list) {
  put_field(text, std::to_string(list.size()));
  for (const auto& item : list) {
    put_field(text, item);
  }
}

class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}
  std::string_view next() {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) {
      throw Error(ErrorKind::internal, "the guard's rules are cut");
    }
    const auto field = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return field;
  }
  std::size_t number() {
    const auto field = next();
    std::size_t value = 0;
    if (std::from_chars(field.data(), field.data() + field.size(), value).ec != std::errc{}) {
      throw Error(ErrorKind::internal, "the guard's rules are damaged");
    }
    return value;
  }
  std::vector<std::string> list() {
    std::vector<std::string> items;
    for (auto count = number(); count > 0; --count) {
      items.emplace_back(next());
    }
    return items;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::string to_text(const std::vector<GuardedTree>& trees) {
  std::string text;
  put_field(text, magic);
  put_field(text, std::to_string(trees.size()));
  for (const auto& [path, rules, repositories, stand_in] : trees) {
    put_field(text, path);
    put_list(text, rules.guarded);
    put_list(text, rules.hidden);
    put_list(text, rules.hidden_by_project);
    put_field(text, rules.top == GuardRules::Top::git_directory ? "git" : "project");
    put_field(text, repositories.extent == KnownRepositories::Extent::all ? "all" : "some");
    put_field(text, std::to_string(repositories.directories.size()));
    for (const auto& [device, inode] : repositories.directories) {
      put_field(text, std::to_string(device));
      put_field(text, std::to_string(inode));
    }
    put_field(text, std::to_string(stand_in.device));
    put_field(text, std::to_string(stand_in.inode));
  }
  return text;
}

std::vector<GuardedTree> parse_guarded_trees(std::string_view text) {
  Fields fields(text);
  if (fields.next() != magic) {
    throw Error(ErrorKind::internal, "no rules for the guard");
  }
  std::vector<GuardedTree> trees;
  for (auto count = fields.number(); count > 0; --count) {
    GuardedTree tree{.path = std::string(fields.next()), .rules = {}, .repositories = {}, .stand_in = {}};
    tree.rules.guarded = fields.list();
    tree.rules.hidden = fields.list();
    tree.rules.hidden_by_project = fields.list();
    tree.rules.top = fields.next() == "git" ? GuardRules::Top::git_directory : GuardRules::Top::project;
    tree.repositories.extent = fields.next() == "all" ? KnownRepositories::Extent::all : KnownRepositories::Extent::some;
    for (auto left = fields.number(); left > 0; --left) {
      const std::uint64_t device = fields.number();
      tree.repositories.directories.push_back({.device = device, .inode = fields.number()});
    }
    tree.stand_in.device = fields.number();
    tree.stand_in.inode = fields.number();
    trees.push_back(std::move(tree));
  }
  return trees;
}

}  // namespace agentbox
