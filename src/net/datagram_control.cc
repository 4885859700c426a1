#include "src/net/datagram_control.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "src/net/source_ip.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {
namespace {

using detail::SourceIp;
using detail::SourceOf;

// Adds one to those that `header` has.
template <typename T>
void Put(int level, int type, const T& value, msghdr& header, Control& control) {
  cmsghdr about{};
  about.cmsg_level = level;
  about.cmsg_type = type;
  about.cmsg_len = CMSG_LEN(sizeof(value));
  char* const at = control.bytes.data() + header.msg_controllen;
  std::memcpy(at, &about, sizeof(about));
  std::memcpy(at + CMSG_LEN(0), &value, sizeof(value));
  header.msg_control = control.bytes.data();
  header.msg_controllen += CMSG_SPACE(sizeof(value));
}

// False if `message` is another, or was cut for want of room (MSG_CTRUNC).
template <typename T>
bool Get(const cmsghdr& message, int level, int type, T& value) {
  if (message.cmsg_level != level || message.cmsg_type != type) return false;
  if (message.cmsg_len < CMSG_LEN(sizeof(value))) return false;
  std::memcpy(&value, CMSG_DATA(&message), sizeof(value));
  return true;
}

}  // namespace

void AskForDestinations(int fd, int family) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
  if (family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
}

void WriteControl(std::size_t segment_size, const SocketAddress* source_of, msghdr& header,
                  Control& control) {
  if (segment_size > 0) {
    Put(IPPROTO_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(segment_size), header, control);
  }
  if (source_of == nullptr) return;
  const SourceIp& source = SourceOf::Get(*source_of);
  if (source == SourceIp()) return;
  const in6_addr address = detail::ToIn6(source);
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_pktinfo info{};
    info.ipi_spec_dst = detail::MappedIpv4(address);
    Put(IPPROTO_IP, IP_PKTINFO, info, header, control);
  } else {
    const in6_pktinfo info{.ipi6_addr = address, .ipi6_ifindex = source.interface};
    Put(IPPROTO_IPV6, IPV6_PKTINFO, info, header, control);
  }
}

Told ReadControl(msghdr& header, SocketAddress& from) {
  Told told;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    int size = 0;
    in_pktinfo ipv4{};
    in6_pktinfo ipv6{};
    if (Get(*c, SOL_SOCKET, SO_RXQ_OVFL, told.drops)) {
      told.has_drops = true;
    } else if (Get(*c, IPPROTO_UDP, UDP_GRO, size)) {
      told.segment_size = static_cast<std::size_t>(std::max(size, 0));
    } else if (Get(*c, IPPROTO_IP, IP_PKTINFO, ipv4)) {
      // ipi_addr would be where it was sent to, also a group; this is whence it can be answered.
      SourceOf::Set(from, detail::ToSourceIp(ipv4.ipi_spec_dst));
    } else if (Get(*c, IPPROTO_IPV6, IPV6_PKTINFO, ipv6)) {
      // A mapped one is where it was sent to, and IP_PKTINFO comes too.
      if (IN6_IS_ADDR_V4MAPPED(&ipv6.ipi6_addr) || IN6_IS_ADDR_MULTICAST(&ipv6.ipi6_addr)) continue;
      SourceOf::Set(from, detail::ToSourceIp(ipv6.ipi6_addr, ipv6.ipi6_ifindex));
    }
  }
  return told;
}

}  // namespace unstick::inline v0::net
