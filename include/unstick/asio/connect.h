// Connects to whichever of several addresses answers first.

#ifndef UNSTICK_ASIO_CONNECT_H_
#define UNSTICK_ASIO_CONNECT_H_

#include <asio/awaitable.hpp>
#include <chrono>
#include <vector>

#include "absl/status/statusor.h"
#include "unstick/asio/stream.h"
#include "unstick/core/attributes.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"
#include "unstick/tls/context.h"

namespace unstick::inline v0::aio {

struct ConnectOptions {
  // An address that has not answered for so long is not waited for alone (RFC 8305 section 8).
  net::Duration attempt_delay = std::chrono::milliseconds(250);
  // For `tls:` endpoints; a client's. Copied by Connect() before it returns its awaitable. (No
  // optional: g++ 12 destroys members of options written inside a co_await twice.)
  const tls::Context* tls = nullptr;
};

// Connects to the first of `endpoints` (tcp, unix, tls) that answers, RFC 8305's "happy eyeballs":
//
//     const net::Endpoint server = *net::Endpoint::Parse("tls:example.org:443");
//     absl::StatusOr<aio::Stream> stream =
//         co_await aio::Connect(server, net::DeadlineIn(std::chrono::seconds(10)),
//                               {.tls = &context});
//
// Earlier endpoints are preferred. Of a name with several addresses IPv6 and IPv4 take turns. The
// next address is tried as soon as the latest has failed, or attempt_delay after it was started;
// whichever succeeds first is taken, and the others are closed. Over TLS an address has succeeded
// when the handshake has, that is when the certificate was verified for the endpoint's host (an
// empty one is "localhost").
//
// All of it, looking names up included, is over at `until`. It may be cancelled. Runs on the
// executor of the coroutine that awaits it, which must run one thing at a time (a strand, an
// io_context with one thread), and so does the stream.
//
// Errors name each address that was tried and what came of it, in one line. kInvalidArgument for
// endpoints that are no streams, or `tls:` without a context; kDeadlineExceeded; kCancelled; else
// that of the addresses if they all have the same, such as kUnavailable or kUnauthenticated, or
// kUnavailable.
UNSTICK_EXPORT ::asio::awaitable<absl::StatusOr<Stream>> Connect(
    const std::vector<net::Endpoint>& endpoints, net::Deadline until,
    const ConnectOptions& options = {});
UNSTICK_EXPORT ::asio::awaitable<absl::StatusOr<Stream>> Connect(
    const net::Endpoint& endpoint, net::Deadline until, const ConnectOptions& options = {});

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_CONNECT_H_
