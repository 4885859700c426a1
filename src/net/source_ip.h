// From which of this host's addresses a datagram leaves: SocketAddress::source() as it is kept.

#ifndef UNSTICK_SRC_NET_SOURCE_IP_H_
#define UNSTICK_SRC_NET_SOURCE_IP_H_

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net::detail {

//     |00 .. 00|ff ff|7f 00 00 02|      IPv4 in the 16 bytes of IPv6
inline constexpr std::size_t kMappedIpv4At = 12;

// What nothing can leave from, a wildcard address, is none.
inline SourceIp ToSourceIp(const in_addr& address) {
  SourceIp source;
  if (address.s_addr == htonl(INADDR_ANY)) return source;
  source.bytes[kMappedIpv4At - 2] = source.bytes[kMappedIpv4At - 1] = std::byte{0xff};
  std::memcpy(&source.bytes[kMappedIpv4At], &address, sizeof(address));
  return source;
}

// An IPv4 address if that is what `address` holds.
inline in_addr MappedIpv4(const in6_addr& address) {
  in_addr ipv4{};
  std::memcpy(&ipv4, &address.s6_addr[kMappedIpv4At], sizeof(ipv4));
  return ipv4;
}

inline SourceIp ToSourceIp(const in6_addr& address, std::uint32_t interface) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) return ToSourceIp(MappedIpv4(address));
  SourceIp source;
  std::memcpy(source.bytes.data(), &address, sizeof(address));
  if (IN6_IS_ADDR_LINKLOCAL(&address)) source.interface = interface;
  return source;
}

inline in6_addr ToIn6(const SourceIp& source) {
  in6_addr address{};
  std::memcpy(&address, source.bytes.data(), sizeof(address));
  return address;
}

struct SourceOf {
  static const SourceIp& Get(const SocketAddress& address) { return address.source_; }
  static void Set(SocketAddress& address, const SourceIp& source) { address.source_ = source; }
};

}  // namespace unstick::inline v0::net::detail

#endif  // UNSTICK_SRC_NET_SOURCE_IP_H_
