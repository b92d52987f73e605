// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The server's one door to Asio: what its files need of it, and the names they use.

// clang-format off: Boost 1.74's awaitable.hpp uses std::exchange without saying so
#include <utility>
// clang-format on

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace agentbox {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = boost::asio::ip::tcp;
template <class Result>
using Task = boost::asio::awaitable<Result>;

/// A failed operation is an outcome here, not an exception: the peer is hostile, and failing is what it does.
inline auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace agentbox
