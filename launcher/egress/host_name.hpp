// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agentbox {

/// A host's name in its one canonical form: lower case, no trailing dot, ASCII labels of letters, digits, "-" and "_".
/// Decisions are made on this form and this form is what we resolve, so two programs cannot read it differently.
class HostName {
 public:
  /// No value for everything that is not such a name: an empty or overlong label, NUL, CR, LF, "@", "%", a port, a
  /// bracket, a non-ASCII byte (write the xn-- form), and whatever some resolver would take for an address: a name
  /// whose last label begins like a number ("1.2.3.4", "0x7f.1", "127.1", "2130706433").
  static std::optional<HostName> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// Names that lead into the local network or to this machine whatever a resolver says: a single label,
  /// "localhost", and what RFC 6761, 6762, 8375 and ICANN keep for private use (.localhost .local .internal
  /// .home.arpa).
  [[nodiscard]] bool is_local() const;

  friend auto operator<=>(const HostName&, const HostName&) = default;

 private:
  explicit HostName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// What a rule names: one host, or with "*." in front all below one.
class HostPattern {
 public:
  /// Throws Error{usage} that says what is wrong. "*" alone, "*.com", "*.co.uk" and a "*" anywhere else are errors:
  /// such a rule would allow what nobody has looked at. So is an address, which no name rule ever matches.
  static HostPattern parse(std::string_view text);

  /// "*.example.org" matches "a.example.org" and "a.b.example.org", neither "example.org" nor "badexample.org".
  [[nodiscard]] bool matches(const HostName& name) const;
  [[nodiscard]] std::string text() const;

  friend bool operator==(const HostPattern&, const HostPattern&) = default;

 private:
  enum class Reach { exact, below };
  HostPattern(HostName name, Reach reach) : name_(std::move(name)), reach_(reach) {}
  HostName name_;
  Reach reach_;
};

/// "host:port" as it stands in a Host header or a CONNECT target. An address in brackets or in dotted form is no name:
/// then host holds its text.
struct Authority {
  std::string host;
  std::optional<std::uint16_t> port;
  friend bool operator==(const Authority&, const Authority&) = default;
};
/// No value for user information, several colons, an empty host, a port that is no number from 1 to 65535 in plain
/// digits. The host itself is not judged here.
std::optional<Authority> parse_authority(std::string_view text);

/// A port from 1 to 65535: digits only, no sign, no leading zero.
std::optional<std::uint16_t> parse_port_number(std::string_view text);

}  // namespace agentbox
