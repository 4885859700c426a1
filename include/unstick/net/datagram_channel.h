// Datagrams without any framing: what UDP and Unix datagram sockets do, with nothing hidden.

#ifndef UNSTICK_NET_DATAGRAM_CHANNEL_H_
#define UNSTICK_NET_DATAGRAM_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/net/datagram_batch.h"
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

// Sending to a group, 224.0.0.0/4 or ff00::/8, and receiving what is sent to it.
struct MulticastOptions {
  std::string interface;  // "eth0"; empty: the one that the routing table says
  int hops = 1;           // how many networks far it goes (TTL, hop limit); 1: this one
  bool loop = true;       // receivers on this machine get it too
};

struct ChannelOptions {
  int receive_buffer = 0;  // SO_RCVBUF and SO_SNDBUF in bytes; 0: the system's default
  int send_buffer = 0;
  // UDP_SEGMENT: datagrams of one size to one peer go down the stack as one. Where the kernel or
  // the network device cannot, they go one by one; nothing else changes.
  bool gso = true;
  // UDP_GRO: such datagrams also come up the stack as one, and are parted here. Receiving then has
  // rooms of at least 64 KiB, and when the receive buffer is full, dropped() counts one for each
  // such lot and no longer each datagram. Without effect where the kernel cannot.
  bool gro = false;
  bool broadcast = false;  // SO_BROADCAST: sending to broadcast addresses is allowed
  MulticastOptions multicast = {};
};

// A socket for UDP or Unix datagrams, or for others that were opened elsewhere. Calls never wait;
// errors are the kernel's, one for each call. An ICMP error ("nobody listens there") is reported
// once by whichever call comes next, and the socket goes on.
class UNSTICK_EXPORT DatagramChannel {
 public:
  // The most rooms that one call fills, and the most datagrams that one call sends.
  static constexpr std::size_t kMaxBatch = 64;
  static constexpr std::size_t kMaxSends = 1024;

  // Receives what is sent to `at` (udp or unix). An empty host is every interface, IPv4 and IPv6;
  // whoever sends something there is answered from the address that it was sent to.
  // A multicast group is joined, and others on this machine may receive it at the same port.
  static absl::StatusOr<DatagramChannel> Bind(const Endpoint& at,
                                              const ChannelOptions& options = {});
  // Talks to `to` alone, from a free port (a Unix socket: from a name of the kernel's choice).
  static absl::StatusOr<DatagramChannel> Connect(const Endpoint& to,
                                                 const ChannelOptions& options = {});
  // Two Unix sockets that are connected to each other.
  static absl::StatusOr<std::pair<DatagramChannel, DatagramChannel>> Pair();

  // A datagram socket of any family: netlink(7), vsock(7), one that was inherited. kInvalidArgument
  // for what is none. local_endpoint() says something for UDP and Unix sockets only.
  static absl::StatusOr<DatagramChannel> Adopt(UniqueFd fd, const ChannelOptions& options = {});

  // More groups, through the interface of MulticastOptions. 0 or an errno.
  [[nodiscard]] int JoinGroup(const SocketAddress& group);
  [[nodiscard]] int LeaveGroup(const SocketAddress& group);

  // recvmmsg(2) into `rooms` rooms, and GRO; sendmmsg(2) and GSO. The result counts datagrams.
  BatchResult ReceiveSome(DatagramBatch& into, std::size_t rooms = kMaxBatch) {
    if (UNSTICK_ADDRESS_SANITIZER) into.Move();  // the caller's build says, not the library's
    return ReceiveInto(into, rooms);
  }
  BatchResult SendSome(std::span<const OutgoingDatagram> datagrams);
  [[nodiscard]] int WaitReadable(Deadline until) const;  // 0, ETIMEDOUT or an errno
  [[nodiscard]] int WaitWritable(Deadline until) const;
  // The same after `in_vain` tries in a row that said EAGAIN although the socket was writable. A
  // Unix socket that is not connected looks writable while its receiver's queue is full, and
  // nothing can be waited for but time: it sleeps, from 1 ms doubling up to 64 ms.
  [[nodiscard]] int WaitToSend(unsigned in_vain, Deadline until) const;

  // The most bytes for a datagram to `to` (nullptr: the connected peer).
  std::size_t MaxSize(const SocketAddress* to) const;

  bool receives_merged() const { return gro_; }  // GRO is on

  // Datagrams that the kernel dropped because the receive buffer was full (SO_RXQ_OVFL). It tells
  // with the next datagram that it does deliver. See ChannelOptions::gro.
  std::uint64_t dropped() const { return dropped_; }
  const Endpoint& local_endpoint() const { return local_; }  // with the port that was chosen
  SocketAddress local_address() const { return SocketAddress::LocalOf(fd_.get()); }
  int fd() const { return fd_.get(); }

 private:
  explicit DatagramChannel(UniqueFd fd, UnixPath path = {}) noexcept
      : fd_(std::move(fd)), path_(std::move(path)) {}
  [[nodiscard]] absl::Status SetUp(const ChannelOptions& options, const SocketAddress& remote);
  BatchResult ReceiveInto(DatagramBatch& into, std::size_t rooms);
  struct Sent;
  Sent SendGrouped(std::span<const OutgoingDatagram> datagrams, std::size_t largest_segment);

  UniqueFd fd_;
  UnixPath path_;
  Endpoint local_;
  SocketAddress peer_;
  unsigned interface_ = 0;           // for multicast; 0: as the routing table says
  std::size_t largest_segment_ = 0;  // up to which size GSO works; senders share it
  bool gro_ = false;
  bool on_wildcard_ = false;      // what is sent may have a SocketAddress::source()
  std::uint32_t drops_told_ = 0;  // the kernel's counter, which wraps
  std::uint64_t dropped_ = 0;
};

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_DATAGRAM_CHANNEL_H_
