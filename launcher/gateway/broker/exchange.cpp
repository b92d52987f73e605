// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/broker/exchange.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace agentbox::broker {
namespace {

namespace asio = boost::asio;

/// Of responses: what belongs to one hop or to us, and what would make the guest believe it talks to the upstream
/// itself.
constexpr std::array<std::string_view, 13> dropped_response_headers{
    "connection", "keep-alive",     "proxy-authenticate",        "proxy-connection",
    "te",         "trailer",        "transfer-encoding",         "upgrade",
    "alt-svc",    "content-length", "strict-transport-security", "location",
    "set-cookie"};

bool is_dropped(std::string_view name) {
  return std::find(dropped_response_headers.begin(), dropped_response_headers.end(), name) !=
         dropped_response_headers.end();
}

std::string upper_bound_of(std::string_view text) { return escape_untrusted(text, 200); }

}  // namespace

std::uint64_t largest_body(const Forward& forward, const BrokerLimits& limits) {
  return forward.git && forward.git->pushes() ? limits.push_body : limits.request_body;
}

Exchange::Exchange(BrokerState::Parts& parts, GuestConnection& guest, const Forward& forward, RequestBody body)
    : parts_(parts),
      guest_(guest),
      forward_(forward),
      route_(*forward.route),
      body_(std::move(body)),
      deadline_(guest.executor(), [this] {
        if (upstream_) upstream_->close();
      }) {
  event_.provider = route_.name;
  event_.method = upper_bound_of(forward.method);
  event_.path = upper_bound_of(std::string_view(forward.target).substr(0, forward.target.find('?')));
  if (forward.git) {
    event_.subject = forward.git->repository;
    event_.action = forward.git->action();
  }
}

Exchange::~Exchange() { guest_.stop_watching(); }

asio::awaitable<Exchange::Outcome> Exchange::run(std::unique_ptr<UpstreamConnection> kept) {
  Outcome outcome;
  outcome.refusal = co_await connect(std::move(kept));
  if (!outcome.refusal) outcome.refusal = co_await send_body();
  if (!outcome.refusal && !guest_gone_) outcome.refusal = co_await read_response_head();
  if (!outcome.refusal) outcome.refusal = judge_response();
  bool relayed = false;
  if (!outcome.refusal && !guest_gone_) relayed = co_await relay_response();
  if (relayed && !body_.decoder.done()) {
    // The upstream had enough before the end: "413". What is left of the body must not be taken for a request.
    guest_.stop_watching();
    co_await guest_.close_gently();
  } else if (relayed) {
    outcome.guest = Outcome::Guest::ready;
    if (response_.connection == ResponseHead::Connection::keep && input_.empty())
      outcome.reusable = std::move(upstream_);
  } else if (outcome.refusal && body_.decoder.done() && !guest_gone_) {
    outcome.guest = Outcome::Guest::ready;
  }
  deadline_.disarm();
  guest_.stop_watching();
  settle_account();
  outcome.event = event_;
  co_return outcome;
}

asio::awaitable<std::optional<Refusal>> Exchange::connect(std::unique_ptr<UpstreamConnection> kept) {
  if (kept && kept->upstream() == route_.upstream && kept->is_idle()) {
    upstream_ = std::move(kept);
    co_return std::nullopt;
  }
  upstream_ = std::make_unique<UpstreamConnection>(guest_.executor(), parts_.tls, route_.upstream);
  deadline_.arm(parts_.plan.limits.connect_time);
  auto refusal = co_await upstream_->connect();
  deadline_.disarm();
  if (refusal && deadline_.expired())
    co_return refuse(Reason::upstream_timeout,
                     fmt::format("the service {} did not answer in time", route_.upstream.to_string()));
  co_return refusal;
}

asio::awaitable<bool> Exchange::send_head() {
  const std::string port = route_.upstream.port == (route_.upstream.scheme == Upstream::Scheme::https ? 443 : 80)
                               ? ""
                               : fmt::format(":{}", route_.upstream.port);
  const bool ipv6 = route_.upstream.host.find(':') != std::string::npos;
  std::size_t size = forward_.target.size() + route_.key.view().size() + 1024;
  for (const Header& header : forward_.headers) size += header.name.size() + header.value.size() + 4;
  WipedString head;
  head.text.reserve(size);
  auto out = std::back_inserter(head.text);
  fmt::format_to(out, "{} {} HTTP/1.1\r\nhost: {}{}{}{}\r\n", forward_.method, forward_.target, ipv6 ? "[" : "",
                 route_.upstream.host, ipv6 ? "]" : "", port);
  for (const Header& header : forward_.headers) fmt::format_to(out, "{}: {}\r\n", header.name, header.value);
  // In a compressed answer neither usage nor an echoed key could be seen.
  head.text += "accept-encoding: identity\r\n";
  if (body_.framing.kind == Framing::Kind::chunked) head.text += "transfer-encoding: chunked\r\n";
  if (body_.framing.kind == Framing::Kind::length ||
      (body_.framing.kind == Framing::Kind::none && forward_.method != "GET"))
    fmt::format_to(out, "content-length: {}\r\n", body_.framing.length);
  if (!route_.header.empty()) {
    head.text.append(route_.header).append(": ").append(route_.scheme).append(route_.scheme.empty() ? "" : " ");
    head.text.append(route_.key.view()).append("\r\n");
  }
  head.text += "\r\n";
  co_return co_await upstream_->write(head.text);
}

/// The next bytes of the body in its framing; with its end, when that was read with them.
asio::awaitable<bool> Exchange::send_piece(std::string_view data) {
  const bool chunked = body_.framing.kind == Framing::Kind::chunked;
  std::string piece;
  if (chunked && !data.empty()) piece = chunk_head(data.size());
  piece += data;
  if (chunked && !data.empty()) piece += "\r\n";
  if (chunked && body_.decoder.done()) piece += last_chunk;
  if (piece.empty()) co_return true;
  co_return co_await upstream_->write(piece);
}

asio::awaitable<std::optional<Refusal>> Exchange::send_body() {
  if (forward_.expect == Forward::Expect::go_ahead && !body_.decoder.done()) {
    guest_gone_ = !co_await guest_.write("HTTP/1.1 100 Continue\r\n\r\n");
    if (guest_gone_) co_return std::nullopt;
  }
  deadline_.arm(parts_.plan.limits.transfer_idle);
  bool open = co_await send_head();
  if (open && !body_.begun.empty()) {
    event_.request_bytes += body_.begun.size();
    open = co_await send_piece(body_.begun);
  }
  while (open && !body_.decoder.done()) {
    deadline_.disarm();  // the guest's own time
    const auto run = co_await guest_.read_body(body_.decoder);
    if (!run) {
      guest_gone_ = true;
      co_return std::nullopt;
    }
    event_.request_bytes += run->size();
    if (const auto most = largest_body(forward_, parts_.plan.limits); event_.request_bytes > most)
      co_return refuse(Reason::body_too_large, fmt::format("a request may have {} bytes", most));
    deadline_.arm(parts_.plan.limits.transfer_idle);
    open = co_await send_piece(*run);
  }
  deadline_.disarm();
  progress_ = Progress::request_sent;  // not at once: a request without its end is not worked on
  // A broken connection may still hold an answer: "413, and I do not read the rest".
  co_return std::nullopt;
}

/// The next bytes, valid until the next call; empty at the end.
asio::awaitable<std::string_view> Exchange::read_upstream() {
  deadline_.arm(parts_.plan.limits.answer_idle);
  const auto count = co_await upstream_->read(buffer_.data(), buffer_.size());
  deadline_.disarm();
  if (!count) {
    upstream_->close();
    co_return std::string_view();
  }
  co_return std::string_view(buffer_.data(), *count);
}

Refusal Exchange::upstream_failure(std::string_view what) const {
  if (deadline_.expired())
    return refuse(Reason::upstream_timeout,
                  fmt::format("the service {} fell silent", route_.upstream.to_string()));
  return refuse(Reason::upstream_broken, fmt::format("the service {} {}", route_.upstream.to_string(), what));
}

asio::awaitable<std::optional<Refusal>> Exchange::read_response_head() {
  guest_.watch([this] {
    guest_gone_ = true;
    upstream_->close();
  });
  for (;;) {
    std::size_t size = head_length(input_);
    while (size == std::string_view::npos) {
      if (input_.size() > parts_.plan.limits.head_bytes) co_return upstream_failure("sent a head that is too long");
      const std::string_view more = co_await read_upstream();
      if (guest_gone_) co_return std::nullopt;
      if (more.empty()) co_return upstream_failure("closed the connection without an answer");
      input_ += more;
      size = head_length(input_);
    }
    if (size > parts_.plan.limits.head_bytes) co_return upstream_failure("sent a head that is too long");
    auto parsed =
        parse_response_head(std::string_view(input_).substr(0, size), forward_.method, parts_.plan.limits.headers);
    input_.erase(0, size);
    if (const auto* wrong = std::get_if<BadHead>(&parsed))
      co_return upstream_failure("sent a head of which " + wrong->why);
    response_ = std::move(std::get<ResponseHead>(parsed));
    if (response_.status >= 200) co_return std::nullopt;
    // 100 was asked for by nobody here, 103 is a hint for browsers, and 101 was not asked for at all.
    if (response_.status == 101) co_return upstream_failure("changed the protocol");
  }
}

std::optional<Refusal> Exchange::judge_response() {
  if (guest_gone_) return std::nullopt;
  if (response_.status >= 300 && response_.status < 400)
    return refuse(Reason::upstream_redirect,
                  fmt::format("the service {} answered with a redirect ({}), which is not followed",
                              route_.upstream.to_string(), response_.status));
  if (forward_.git && response_.status == 401)
    return refuse(Reason::upstream_key,
                  fmt::format("{} does not accept the token that the host has for it, or not for {}; ask the user to renew "
                              "it or to give it that right",
                              route_.name, forward_.git->repository));
  const auto encoding = response_.value("content-encoding");
  if (encoding && *encoding != "identity" && !encoding->empty())
    return upstream_failure("sent an encoded answer although it was asked not to");
  return std::nullopt;
}

std::string Exchange::response_head() const {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response_.status, response_.status == 200 ? "OK" : "Upstream");
  for (const Header& header : response_.headers) {
    if (is_dropped(header.name)) continue;
    head += header.name + ": " + masked(masked(header.value, route_.key.view()), route_.bare_key.view()) + "\r\n";
  }
  if (response_.framing.kind == Framing::Kind::length)
    head += fmt::format("content-length: {}\r\n", response_.framing.length);
  if (response_.framing.kind == Framing::Kind::chunked || response_.framing.kind == Framing::Kind::until_close)
    head += "transfer-encoding: chunked\r\n";
  return head + "\r\n";
}

/// What input holds of the body goes to out: masked, in the framing that the guest gets. What is behind the body stays
/// in input_.
void Exchange::decode(std::string_view input, BodyDecoder& decoder, KeyMasker& masker, std::string& out) {
  const std::size_t begin = out.size();
  while (!input.empty() && !decoder.done() && !decoder.failed()) {
    const BodyDecoder::Step step = decoder.feed(input);
    if (usage_) usage_->feed(step.data);
    event_.response_bytes += step.data.size();
    masker.feed(step.data, out);
    input.remove_prefix(step.consumed);
  }
  input_.assign(input);
  if (decoder.done()) masker.finish(out);
  if (response_.framing.kind != Framing::Kind::chunked && response_.framing.kind != Framing::Kind::until_close) return;
  if (out.size() > begin) {
    out.insert(begin, chunk_head(out.size() - begin));
    out += "\r\n";
  }
  if (decoder.done()) out += last_chunk;
}

asio::awaitable<bool> Exchange::relay_response() {
  event_.status = response_.status;
  const bool events = response_.value("content-type").value_or("").starts_with("text/event-stream");
  if (!forward_.git)
    usage_.emplace(route_.usage, events ? UsageReader::Format::events : UsageReader::Format::json);
  KeyMasker masker(route_.key.view(), route_.bare_key.view());
  std::string out = response_head();
  const bool whole = co_await relay_body(masker, out);
  if (!guest_gone_) guest_gone_ = !co_await guest_.written();
  co_return whole && !guest_gone_;
}

/// False when the guest is gone or the body broke off: that must not look complete: no last chunk, or fewer bytes than
/// announced, and then the end. The last of what was read may still be on its way to the guest.
asio::awaitable<bool> Exchange::relay_body(KeyMasker& masker, std::string& out) {
  BodyDecoder decoder(response_.framing);
  const std::string begun = std::exchange(input_, {});
  std::string_view input = begun;
  for (;;) {
    decode(input, decoder, masker, out);
    if (decoder.failed()) co_return false;
    if (!out.empty()) {
      guest_gone_ = !co_await guest_.written();
      if (guest_gone_) co_return false;
      guest_.begin_write(out);
    }
    if (decoder.done()) co_return true;
    input = co_await read_upstream();
    if (guest_gone_) co_return false;
    if (input.empty()) {
      // No value of read() and the end look the same here; the connection tells them apart.
      if (!upstream_->is_open()) co_return false;
      decoder.end_of_stream();
    }
  }
}

void Exchange::settle_account() {
  if (forward_.metering == Forward::Metering::free) return;
  if (progress_ == Progress::nothing_sent) {
    parts_.ledger.cancel_call(route_.name);
    return;
  }
  if (usage_) usage_->finish();
  const auto told = usage_ ? usage_->usage() : std::nullopt;
  // An error costs nothing, nor does an upstream that says nothing. A guest that goes away before the answer does.
  const bool successful = response_.status >= 200 && response_.status <= 299;
  const bool given_up = response_.status == 0 && guest_gone_;
  if (!told && !successful && !given_up) return;
  const UsageReader nothing(route_.usage, UsageReader::Format::json);
  const UsageReader& reader = usage_ ? *usage_ : nothing;
  event_.tokens = told ? *told : reader.estimate(event_.request_bytes);
  parts_.ledger.end_call(
      route_.name, reader.model(), event_.tokens, told ? Ledger::Certainty::told : Ledger::Certainty::estimated,
      route_.pricing == BrokerRoute::Pricing::listed ? Ledger::Pricing::listed : Ledger::Pricing::free_of_charge);
}

}  // namespace agentbox::broker
