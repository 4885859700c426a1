#include "src/net/multicast.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "unstick/net/datagram_channel.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {
namespace {

template <typename T>
int Set(int fd, int level, int name, const T& value) {
  return ::setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? 0 : errno;
}

int ChangeMembership(int fd, int what, const SocketAddress& group, unsigned index) {
  group_req request{};
  request.gr_interface = index;
  std::memcpy(&request.gr_group, group.data(), group.size());
  return Set(fd, group.family() == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP, what, request);
}

int SetIpv4(int fd, unsigned index, const MulticastOptions& options) {
  ip_mreqn interface{};
  interface.imr_ifindex = static_cast<int>(index);
  int error = index == 0 ? 0 : Set(fd, IPPROTO_IP, IP_MULTICAST_IF, interface);
  if (error == 0) error = Set(fd, IPPROTO_IP, IP_MULTICAST_TTL, options.hops);
  if (error == 0) error = Set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, options.loop ? 1 : 0);
  return error;
}

int SetIpv6(int fd, unsigned index, const MulticastOptions& options) {
  int error = index == 0 ? 0 : Set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(index));
  if (error == 0) error = Set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, options.hops);
  if (error == 0) error = Set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, options.loop ? 1 : 0);
  return error;
}

}  // namespace

int SetMulticast(int fd, int family, unsigned index, const MulticastOptions& options) {
  if (family == AF_INET) return SetIpv4(fd, index, options);
  return family == AF_INET6 ? SetIpv6(fd, index, options) : 0;
}

int JoinGroup(int fd, const SocketAddress& group, unsigned index) {
  return ChangeMembership(fd, MCAST_JOIN_GROUP, group, index);
}

int LeaveGroup(int fd, const SocketAddress& group, unsigned index) {
  return ChangeMembership(fd, MCAST_LEAVE_GROUP, group, index);
}

SocketAddress OnInterface(const SocketAddress& address, unsigned index) {
  if (address.family() != AF_INET6 || !address.is_multicast()) return address;
  sockaddr_in6 in6{};
  std::memcpy(&in6, address.data(), sizeof(in6));
  if (in6.sin6_scope_id == 0) in6.sin6_scope_id = index;
  return {reinterpret_cast<const sockaddr*>(&in6), sizeof(in6)};
}

}  // namespace unstick::inline v0::net
