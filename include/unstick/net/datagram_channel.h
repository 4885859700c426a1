// Datagrams without any framing: what UDP and Unix datagram sockets do, with nothing hidden.

#ifndef UNSTICK_NET_DATAGRAM_CHANNEL_H_
#define UNSTICK_NET_DATAGRAM_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/unique_fd.h"
#include "unstick/net/unix_path.h"

namespace unstick::inline v0::net {

// The most that one datagram carries: 65,535 less the IPv4 and UDP headers; IPv6 does not count its
// own header. A Unix socket takes what its send buffer takes and says EMSGSIZE otherwise.
inline constexpr std::size_t kMaxUdpIpv4 = 65'507;
inline constexpr std::size_t kMaxUdpIpv6 = 65'527;

struct IncomingDatagram {
  ByteSpan room;              // where it goes; set by the caller
  std::size_t size = 0;       // how much of it went there
  std::size_t true_size = 0;  // how much it was; more than `size` when it was truncated
  SocketAddress from;
  bool truncated() const { return true_size > size; }
  ByteView bytes() const { return room.first(size); }
};

struct OutgoingDatagram {
  ByteView bytes;
  const SocketAddress* to = nullptr;  // nullptr: whom the socket is connected to
};

// How many datagrams of a batch went through, and the errno that stopped it: 0 only if all did,
// EAGAIN when there was no more to be had. One may be read beside others that send.
struct BatchResult {
  std::size_t count = 0;
  int error_code = 0;
};

struct ChannelOptions {
  int receive_buffer = 0;  // SO_RCVBUF and SO_SNDBUF in bytes; 0: the system's default
  int send_buffer = 0;
};

// A UDP or Unix datagram socket. Calls never wait; errors are the kernel's, one for each call. An
// ICMP error ("nobody listens there") is reported once by whichever call comes next, and the socket
// goes on.
class UNSTICK_EXPORT DatagramChannel {
 public:
  // The most datagrams one call moves.
  static constexpr std::size_t kMaxBatch = 64;

  // Receives what is sent to `at` (udp or unix). An empty host is every interface, IPv4 and IPv6.
  static absl::StatusOr<DatagramChannel> Bind(const Endpoint& at,
                                              const ChannelOptions& options = {});
  // Talks to `to` alone, from a free port (a Unix socket: from a name of the kernel's choice).
  static absl::StatusOr<DatagramChannel> Connect(const Endpoint& to,
                                                 const ChannelOptions& options = {});
  // Two Unix sockets that are connected to each other.
  static absl::StatusOr<std::pair<DatagramChannel, DatagramChannel>> Pair();

  // recvmmsg(2), sendmmsg(2).
  BatchResult ReceiveSome(std::span<IncomingDatagram> into);
  BatchResult SendSome(std::span<const OutgoingDatagram> datagrams);
  [[nodiscard]] int WaitReadable(Deadline until) const;  // 0, ETIMEDOUT or an errno
  [[nodiscard]] int WaitWritable(Deadline until) const;

  // The most bytes for a datagram to `to` (nullptr: the connected peer).
  std::size_t MaxSize(const SocketAddress* to) const;

  // Datagrams that the kernel dropped because the receive buffer was full (SO_RXQ_OVFL). It tells
  // with the next datagram that it does deliver.
  std::uint64_t dropped() const { return dropped_; }
  const Endpoint& local_endpoint() const { return local_; }  // with the port that was chosen
  SocketAddress local_address() const { return SocketAddress::LocalOf(fd_.get()); }
  int fd() const { return fd_.get(); }

 private:
  DatagramChannel(UniqueFd fd, UnixPath path, Endpoint local, const SocketAddress& peer);

  UniqueFd fd_;
  UnixPath path_;
  Endpoint local_;
  SocketAddress peer_;
  std::uint32_t dropped_total_ = 0;  // the kernel's counter, which wraps
  std::uint64_t dropped_ = 0;
};

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_DATAGRAM_CHANNEL_H_
