// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "workspace/git/config_text.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cctype>

namespace agentbox {
namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

class ConfigText {
 public:
  ConfigText(std::string_view text, std::string_view section, std::string_view key)
      : rest_(text), section_(section), key_(key) {
    if (rest_.starts_with("\xef\xbb\xbf")) {
      rest_.remove_prefix(3);
    }
  }

  std::optional<std::string> last_value() {
    while (!rest_.empty()) {
      const char c = next();
      if (c == '#' || c == ';') {
        skip_line();
      } else if (c == '[') {
        header();
      } else if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
        variable(c);
      } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
        refuse();
      }
    }
    return found_;
  }

 private:
  [[noreturn]] static void refuse() { throw Error(ErrorKind::environment, "it is no configuration file of git's"); }

  /// A "\r\n" is one newline.
  char next() {
    if (rest_.starts_with("\r\n")) {
      rest_.remove_prefix(1);
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  [[nodiscard]] bool at_end_of_line() const {
    return rest_.empty() || rest_.front() == '\n' || rest_.starts_with("\r\n");
  }
  void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size())); }

  // [section], [section.old-form] or [section "sub \"section\""].
  void header() {
    std::string name;
    while (!rest_.empty() && (is_name(rest_.front()) || rest_.front() == '.')) {
      name += lower(next());
    }
    bool plain = true;
    if (!rest_.empty() && is_blank(rest_.front())) {
      while (!rest_.empty() && is_blank(rest_.front())) {
        next();
      }
      subsection();
      plain = false;
    }
    if (rest_.empty() || next() != ']') {
      refuse();
    }
    here_ = plain && name == section_;
  }

  void subsection() {
    if (rest_.empty() || next() != '"') {
      refuse();
    }
    for (char c = '\0'; c != '"';) {
      if (at_end_of_line()) {
        refuse();
      }
      c = next();
      if (c == '\\') {
        if (at_end_of_line()) {
          refuse();
        }
        next();
      }
    }
  }

  void variable(char first) {
    std::string name(1, lower(first));
    while (!rest_.empty() && is_name(rest_.front())) {
      name += lower(next());
    }
    while (!rest_.empty() && is_blank(rest_.front())) {
      next();
    }
    std::string value = "true";
    if (!at_end_of_line()) {
      if (next() != '=') {
        refuse();
      }
      value = read_value();
    }
    if (here_ && name == key_) {
      found_ = value;
    }
  }

  // Spaces around it do not count, quotes do not stand for themselves, a comment ends it, a backslash goes on in the
  // next line.
  std::string read_value() {
    std::string value;
    std::string spaces;
    bool quoted = false;
    while (!at_end_of_line()) {
      const char c = next();
      if (is_blank(c) && !quoted) {
        spaces += value.empty() ? "" : std::string(1, c);
        continue;
      }
      if ((c == '#' || c == ';') && !quoted) {
        skip_line();
        break;
      }
      value += spaces;
      spaces.clear();
      if (c == '"') {
        quoted = !quoted;
      } else {
        value += c == '\\' ? escaped() : std::string(1, c);
      }
    }
    if (quoted) {
      refuse();
    }
    return value;
  }

  std::string escaped() {
    if (rest_.empty()) {
      refuse();
    }
    switch (next()) {
      case '\n':
        return {};
      case 't':
        return "\t";
      case 'b':
        return "\b";
      case 'n':
        return "\n";
      case '\\':
        return "\\";
      case '"':
        return "\"";
      default:
        refuse();
    }
  }

  std::string_view rest_;
  std::string_view section_;
  std::string_view key_;
  bool here_ = false;  ///< in the section that is asked about
  std::optional<std::string> found_;
};

}  // namespace

std::optional<std::string> git_config_value(std::string_view text, std::string_view section, std::string_view key) {
  return ConfigText(text, section, key).last_value();
}

}  // namespace agentbox
