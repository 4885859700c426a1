// From plaintext to TLS on the same connection, as STARTTLS does.

#ifndef UNSTICK_TLS_UPGRADE_H_
#define UNSTICK_TLS_UPGRADE_H_

#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/framer.h"
#include "unstick/net/deadline.h"
#include "unstick/net/message_stream.h"
#include "unstick/net/socket.h"
#include "unstick/tls/context.h"
#include "unstick/tls/stream.h"

namespace unstick::inline v0::tls {

namespace detail {

// OK, kDataLoss for plaintext that nobody has received, kFailedPrecondition for a torn frame.
UNSTICK_EXPORT absl::Status CheckUpgrade(std::size_t unread, bool torn);

template <FrameScanner F>
absl::StatusOr<net::Socket> TakePlain(net::MessageStream<F>&& plain) {
  if (absl::Status status = CheckUpgrade(plain.unread().size(), plain.torn()); !status.ok()) {
    return status;
  }
  return std::move(plain).Release().stream;
}

}  // namespace detail

// Client: after the server's frame that agrees. Server: after its own frame that agrees.
//
//     client                      server
//       | -- "STARTTLS" ----------> |
//       | <---------------- "go" -- |  UpgradeServer(): nothing may have come behind "STARTTLS"
//       | == ClientHello =========> |  UpgradeClient(): nothing may have come behind "go"
//
// kDataLoss, and the stream left as it was, when bytes in the clear have arrived that no Receive()
// has given out: whoever is in between could have put them there, and behind the handshake they
// would count as the peer's own (CVE-2021-23222). Otherwise as Stream::Connect() and Accept(); the
// plaintext stream is then used up.
template <FrameScanner F>
absl::StatusOr<Stream> UpgradeClient(net::MessageStream<F>&& plain, const Context& context,
                                     std::string_view host,
                                     net::Deadline until = net::kNoDeadline) {
  absl::StatusOr<net::Socket> socket = detail::TakePlain(std::move(plain));
  if (!socket.ok()) return socket.status();
  return Stream::Connect(*std::move(socket), context, host, until);
}
template <FrameScanner F>
absl::StatusOr<Stream> UpgradeServer(net::MessageStream<F>&& plain, const Context& context,
                                     net::Deadline until = net::kNoDeadline) {
  absl::StatusOr<net::Socket> socket = detail::TakePlain(std::move(plain));
  if (!socket.ok()) return socket.status();
  return Stream::Accept(*std::move(socket), context, until);
}

}  // namespace unstick::inline v0::tls

#endif  // UNSTICK_TLS_UPGRADE_H_
