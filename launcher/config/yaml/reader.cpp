// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/reader.hpp"

#include "config/yaml/plain_text.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

namespace agentbox {
namespace {

using FileName = std::shared_ptr<const std::string>;

YamlPlace place_of(const FileName& file, const YAML::Mark& mark) {
  return mark.is_null() ? YamlPlace{file} : YamlPlace{file, mark.line + 1, mark.column + 1};
}

/// Builds our tree from the parser's events. Every limit is checked here, while the parser is still reading, so that
/// no hostile file gets as far as a big tree. yaml-cpp's own YAML::Node would accept duplicate keys (the first wins),
/// expand aliases and stop in silence after the first document.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view source, FileName file)
      : source_(source), file_(std::move(file)), root_(YamlNode::Kind::null, YamlPlace{file_}) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // yaml-cpp also takes what follows a complete root, as in "{a: b} c", for a further document.
    if (seen_document_) throw error_at(place_of(file_, mark), "the file goes on after its one document");
    seen_document_ = true;
  }
  void OnDocumentEnd() override {}

  void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override {
    throw error_at(place_of(file_, mark), "anchors and aliases (&, *) are not allowed");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { OnAnchor(mark, {}); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    add(count(YamlNode(YamlNode::Kind::null, place_of(file_, mark))));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                const std::string& value) override {
    refuse_tag(mark, tag);
    refuse_open_quote(mark);
    const auto kind = tag == "!" ? YamlNode::Kind::quoted : YamlNode::Kind::plain;
    add(count(YamlNode(kind, place_of(file_, mark), value)));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::sequence, mark, tag);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::mapping, mark, tag);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  /// A list or mapping that is still being read; in a mapping, key is the one whose value comes next.
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;
  };

  bool at_key() const {
    return !open_.empty() && open_.back().node.kind() == YamlNode::Kind::mapping && !open_.back().key;
  }

  YamlNode count(YamlNode node) {
    if (++nodes_ > YamlLimits::nodes) throw node.error(fmt::format("more than {} keys and values", YamlLimits::nodes));
    return node;
  }

  /// "?" stands for a plain node without a tag, "!" for a quoted one, but also for a node that is tagged "!".
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if ((tag != "?" && tag != "!") || source_at(mark).starts_with('!'))
      throw error_at(place_of(file_, mark), "tags (!) are not allowed");
  }

  std::string_view source_at(const YAML::Mark& mark) const {
    return source_.substr(std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), source_.size()));
  }

  /// yaml-cpp 0.7 takes the end of the file for the end of a quoted text: a file cut short would pass as whole.
  void refuse_open_quote(const YAML::Mark& mark) const {
    const std::string_view rest = source_at(mark);
    if (!rest.starts_with('\'') && !rest.starts_with('"')) return;
    const char quote = rest[0];
    for (std::size_t i = 1; i < rest.size(); ++i) {
      const bool escape = quote == '"' ? rest[i] == '\\' : rest.substr(i).starts_with("''");
      if (escape)
        ++i;
      else if (rest[i] == quote)
        return;
    }
    throw error_at(place_of(file_, mark), fmt::format("the closing {} is missing", quote));
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    refuse_tag(mark, tag);
    YamlNode node = count(YamlNode(kind, place_of(file_, mark)));
    if (at_key()) throw node.error("a key must be a word");
    if (open_.size() >= YamlLimits::depth)
      throw node.error(fmt::format("nested deeper than {} levels", YamlLimits::depth));
    open_.push_back({std::move(node), std::nullopt});
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.kind() == YamlNode::Kind::sequence) {
      open_.back().node.append(std::move(node));
    } else if (at_key()) {
      check_key(node);
      open_.back().key = std::move(node);
    } else {
      YamlNode key = *std::exchange(open_.back().key, std::nullopt);
      // A value that is not there is reported by yaml-cpp where the next thing begins, perhaps pages below.
      if (node.kind() == YamlNode::Kind::null) node = YamlNode(YamlNode::Kind::null, key.place());
      open_.back().node.append(std::move(key), std::move(node));
    }
  }

  void check_key(const YamlNode& key) const {
    if (key.kind() == YamlNode::Kind::null) throw key.error("a key is missing here");
    for (const YamlEntry& earlier : open_.back().node.entries()) {
      if (earlier.key.scalar() == key.scalar())
        throw key.error(fmt::format("duplicate key \"{}\"", escape_untrusted(key.scalar(), 80)),
                        fmt::format("it stands in line {} already", earlier.key.place().line));
    }
  }

  std::string_view source_;
  FileName file_;
  YamlNode root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  bool seen_document_ = false;
};

YamlPlace place_at_offset(const FileName& file, std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {file, static_cast<int>(line), static_cast<int>(offset - line_start + 1)};
}

std::string syntax_hint(const std::string& message) {
  if (message == YAML::ErrorMsg::MAP_VALUE) return "check the indentation; text that holds \": \" needs quotes";
  if (message == YAML::ErrorMsg::UNKNOWN_TOKEN)
    return "text that begins with @, ` or % needs quotes; tabs do not indent";
  return {};
}

}  // namespace

YamlNode parse_yaml(std::string_view text, std::string_view file) {
  const auto name = std::make_shared<const std::string>(file);
  if (text.size() > YamlLimits::bytes)
    throw error_at({name}, fmt::format("the file has {} bytes, more than {}", text.size(), YamlLimits::bytes));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // some editors put a byte order mark there
  if (const auto bad = find_bad_character(text))
    throw error_at(place_at_offset(name, text, bad->offset), fmt::format("the file holds {}", bad->description));

  TreeBuilder builder(text, name);
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    // The second call must find nothing. No loop: yaml-cpp can offer empty documents for ever, as after "[],".
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& error) {
    throw error_at(place_of(name, error.mark),
                   fmt::format("this is not valid YAML: {}", escape_untrusted(error.msg, 200)), syntax_hint(error.msg));
  }
  return builder.take_root();
}

}  // namespace agentbox
