// The transport that adds nothing: the socket.

#ifndef UNSTICK_SRC_ASIO_SOCKET_TRANSPORT_H_
#define UNSTICK_SRC_ASIO_SOCKET_TRANSPORT_H_

#include "unstick/asio/transport.h"

namespace unstick::inline v0::aio::detail {

class SocketTransport final : public Transport {
 public:
  // It has no state, so that one serves every connection.
  static SocketTransport& Instance();

  TransportResult Handshake(int) override { return {}; }
  TransportResult Read(int fd, ByteSpan into) override;
  TransportResult Write(int fd, ByteView bytes) override;
  TransportResult CloseWrite(int fd) override;
  std::uint64_t Arrived(int fd) const override;  // exactly
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_SOCKET_TRANSPORT_H_
