// Typed messages in datagrams.

#ifndef UNSTICK_PROTO_DATAGRAM_SOCKET_H_
#define UNSTICK_PROTO_DATAGRAM_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"
#include "unstick/core/varint_framer.h"
#include "unstick/net/datagram.h"
#include "unstick/net/datagram_socket.h"
#include "unstick/net/deadline.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/transfer.h"
#include "unstick/proto/message.h"

namespace unstick::inline v0::proto {

namespace detail {

// kDataLoss: a datagram with `count` frames where one belongs.
UNSTICK_EXPORT absl::Status NotOneMessage(std::size_t count);

}  // namespace detail

// One received datagram and the message in it. True in a condition iff it is a message. Borrows
// from its socket: valid until that receives again.
template <FrameScanner F>
class [[nodiscard]] UNSTICK_VIEW ProtoDatagram {
 public:
  enum class Kind : std::uint8_t {
    kMessage,
    kBadMessage,  // whole frames, but not one of them, or its payload does not parse
    kOther,       // no whole frames, or no datagram; datagram().kind() says which
  };

  // `parsed` says what became of the payload, if `datagram` is good.
  ProtoDatagram(const net::Datagram<F>& datagram, absl::Status parsed)
      : datagram_(datagram), parsed_(std::move(parsed)) {}

  Kind kind() const {
    if (!datagram_) return Kind::kOther;
    return parsed_.ok() ? Kind::kMessage : Kind::kBadMessage;
  }
  explicit operator bool() const { return kind() == Kind::kMessage; }

  const net::Datagram<F>& datagram() const UNSTICK_LIFETIME_BOUND { return datagram_; }
  const net::SocketAddress& from() const UNSTICK_LIFETIME_BOUND {  // REQUIRES: a datagram came
    return datagram_.from();
  }

  // OK for kMessage, kDataLoss for kBadMessage, else datagram().status().
  absl::Status status() const { return parsed_.ok() ? datagram_.status() : parsed_; }

 private:
  net::Datagram<F> datagram_;
  absl::Status parsed_;
};

// A datagram socket on which `In` messages come and `Out` messages go, one framed message in each
// datagram. A bad datagram costs only itself. Threads are net::DatagramSocket's: one may receive
// while others send.
template <Message In, Message Out, Framer F = VarintFramer>
class ProtoDatagramSocket {
 public:
  explicit ProtoDatagramSocket(net::DatagramSocket<F> datagrams)
      : datagrams_(std::move(datagrams)) {}

  // The next datagram, parsed into `message`, whose memory is used again. Without a message,
  // `message` is empty after a bad one and untouched otherwise.
  ProtoDatagram<F> Receive(In& message,
                           net::Deadline until = net::kNoDeadline) UNSTICK_LIFETIME_BOUND {
    const net::Datagram<F> datagram = datagrams_.Receive(until);
    if (!datagram) return {datagram, absl::OkStatus()};
    if (datagram.frame_count() != 1) {
      message.Clear();
      return {datagram, detail::NotOneMessage(datagram.frame_count())};
    }
    return {datagram, ParseMessage(datagram.first().payload(), message)};
  }

  // Sends one message as one datagram, serialised straight into it, to the connected peer or to
  // `to`. kInvalidArgument, and nothing sent, for a message that MeasureMessage(), the framing or
  // the network's limit refuses; else as net::DatagramSocket::SendTo().
  net::SendResult Send(const Out& message, net::Deadline until = net::kNoDeadline) {
    return SendOne(nullptr, message, until);
  }
  net::SendResult SendTo(const net::SocketAddress& to, const Out& message,
                         net::Deadline until = net::kNoDeadline) {
    return SendOne(&to, message, until);
  }

  net::DatagramSocket<F>& datagrams() UNSTICK_LIFETIME_BOUND { return datagrams_; }
  const net::DatagramSocket<F>& datagrams() const UNSTICK_LIFETIME_BOUND { return datagrams_; }

 private:
  net::SendResult SendOne(const net::SocketAddress* to, const Out& message, net::Deadline until) {
    const absl::StatusOr<std::size_t> size = MeasureMessage(message);
    if (!size.ok()) return {size.status(), 0};
    return datagrams_.SendTo(
        to, *size, [&message](ByteSpan place) { WriteMessage(message, place); }, until);
  }

  net::DatagramSocket<F> datagrams_;
};

}  // namespace unstick::inline v0::proto

#endif  // UNSTICK_PROTO_DATAGRAM_SOCKET_H_
