// Where a socket is or talks to, as the kernel says it.

#ifndef UNSTICK_NET_SOCKET_ADDRESS_H_
#define UNSTICK_NET_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "unstick/core/attributes.h"

namespace unstick::inline v0::net {

namespace detail {

// An address of this host. All zero: none.
struct SourceIp {
  std::array<std::byte, 16> bytes{};  // IPv6, or IPv4 mapped into it (RFC 4291, 2.5.5.2)
  std::uint32_t interface = 0;        // of a link-local one
  friend bool operator==(const SourceIp&, const SourceIp&) = default;
};
struct SourceOf;

}  // namespace detail

// A resolved address: IPv4, IPv6 or a Unix socket's path. A plain value without allocation; made by
// Resolve(), or by the kernel for a peer.
class UNSTICK_EXPORT SocketAddress {
 public:
  SocketAddress() = default;  // AF_UNSPEC
  SocketAddress(const sockaddr* address, socklen_t size);

  // Of a socket's own end and of its peer's; AF_UNSPEC when it has none.
  static SocketAddress LocalOf(int fd);
  static SocketAddress PeerOf(int fd);

  int family() const { return storage_.ss_family; }  // AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC
  std::uint16_t port() const;                        // 0 for a Unix socket
  std::string host() const;                          // "127.0.0.1", "::1", "fe80::1%eth0"; or ""
  std::string path() const;                          // of a Unix socket; "" when it has no name
  bool is_ipv4() const;                              // IPv4, also when mapped into IPv6
  bool is_multicast() const;                         // a group: 224.0.0.0/4, ff00::/8
  bool is_wildcard() const;                          // every interface: 0.0.0.0, ::

  // From which of this host's addresses a datagram to here leaves, if its socket has all of them
  // (is bound to a wildcard); AF_UNSPEC: as the routing table says. The sender of a datagram that
  // such a socket received comes with the one that it wrote to, and takes no answer from another.
  SocketAddress source() const;                   // its port is 0
  void set_source(const SocketAddress& address);  // of another family than this: none

  // "127.0.0.1:80", "[::1]:80", "/run/app.sock", "(unnamed)".
  std::string ToString() const;

  // For the socket calls.
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  void set_size(socklen_t size) {  // after a call that wrote to data(); source() is none then
    size_ = size;
    source_ = {};
  }
  static constexpr socklen_t capacity() { return sizeof(sockaddr_storage); }

  // The same place, whatever source() is.
  friend UNSTICK_EXPORT bool operator==(const SocketAddress& a, const SocketAddress& b);

 private:
  friend struct detail::SourceOf;

  sockaddr_storage storage_{};
  socklen_t size_ = 0;
  detail::SourceIp source_;
};

// Nobody listens on a port that connect(2) may choose for its own end: TCP then connects the socket
// to itself (RFC 9293, 3.5, simultaneous open), and whoever writes to it reads that back.
UNSTICK_EXPORT bool IsConnectedToItself(int fd);

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_SOCKET_ADDRESS_H_
