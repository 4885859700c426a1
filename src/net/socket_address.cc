#include "unstick/net/socket_address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "src/net/source_ip.h"

namespace unstick::inline v0::net {
namespace {

// The storage read as one family's structure; the standard way to look into a sockaddr without
// breaking aliasing rules.
template <typename T>
T As(const sockaddr* address) {
  T as;
  std::memcpy(&as, address, sizeof(as));
  return as;
}

}  // namespace

SocketAddress::SocketAddress(const sockaddr* address, socklen_t size)
    : size_(std::min(size, capacity())) {
  std::memcpy(&storage_, address, size_);
}

SocketAddress SocketAddress::LocalOf(int fd) {
  SocketAddress address;
  socklen_t size = capacity();
  if (::getsockname(fd, address.data(), &size) != 0) return {};
  address.set_size(size);
  return address;
}

SocketAddress SocketAddress::PeerOf(int fd) {
  SocketAddress address;
  socklen_t size = capacity();
  if (::getpeername(fd, address.data(), &size) != 0) return {};
  address.set_size(size);
  return address;
}

std::uint16_t SocketAddress::port() const {
  if (family() == AF_INET) return ntohs(As<sockaddr_in>(data()).sin_port);
  if (family() == AF_INET6) return ntohs(As<sockaddr_in6>(data()).sin6_port);
  return 0;
}

std::string SocketAddress::host() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    const auto in = As<sockaddr_in>(data());
    ::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
    return text.data();
  }
  if (family() != AF_INET6) return {};
  const auto in6 = As<sockaddr_in6>(data());
  ::inet_ntop(AF_INET6, &in6.sin6_addr, text.data(), text.size());
  std::string host = text.data();
  if (in6.sin6_scope_id != 0) {
    std::array<char, IF_NAMESIZE> name{};
    const bool named = ::if_indextoname(in6.sin6_scope_id, name.data()) != nullptr;
    host += '%';
    host += named ? std::string(name.data()) : std::to_string(in6.sin6_scope_id);
  }
  return host;
}

std::string SocketAddress::path() const {
  constexpr std::size_t kPathAt = offsetof(sockaddr_un, sun_path);
  if (family() != AF_UNIX || size_ <= kPathAt) return {};
  const auto un = As<sockaddr_un>(data());
  const std::size_t room = std::min<std::size_t>(size_ - kPathAt, sizeof(un.sun_path));
  if (un.sun_path[0] == '\0') return "@" + std::string(un.sun_path + 1, room - 1);  // no file
  return {un.sun_path, ::strnlen(un.sun_path, room)};
}

bool SocketAddress::is_ipv4() const {
  if (family() != AF_INET6) return family() == AF_INET;
  const auto in6 = As<sockaddr_in6>(data());
  return IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr);
}

bool SocketAddress::is_multicast() const {
  if (family() == AF_INET) return IN_MULTICAST(ntohl(As<sockaddr_in>(data()).sin_addr.s_addr));
  if (family() != AF_INET6) return false;
  const auto in6 = As<sockaddr_in6>(data());
  return IN6_IS_ADDR_MULTICAST(&in6.sin6_addr);
}

SocketAddress SocketAddress::source() const {
  if (source_ == detail::SourceIp()) return {};
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_addr = detail::ToIn6(source_);
  in6.sin6_scope_id = source_.interface;
  if (!IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
    return {reinterpret_cast<const sockaddr*>(&in6), sizeof(in6)};
  }
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr = detail::MappedIpv4(in6.sin6_addr);
  return {reinterpret_cast<const sockaddr*>(&in), sizeof(in)};
}

void SocketAddress::set_source(const SocketAddress& address) {
  source_ = {};
  if (address.is_ipv4() != is_ipv4()) return;
  if (address.family() == AF_INET) {
    source_ = detail::ToSourceIp(As<sockaddr_in>(address.data()).sin_addr);
  } else if (address.family() == AF_INET6) {
    const auto in6 = As<sockaddr_in6>(address.data());
    source_ = detail::ToSourceIp(in6.sin6_addr, in6.sin6_scope_id);
  }
}

bool SocketAddress::is_wildcard() const {
  if (family() == AF_INET) {
    return As<sockaddr_in>(data()).sin_addr.s_addr == htonl(INADDR_ANY);
  }
  if (family() != AF_INET6) return false;
  const auto in6 = As<sockaddr_in6>(data());
  return detail::ToSourceIp(in6.sin6_addr, 0) == detail::SourceIp();
}

std::string SocketAddress::ToString() const {
  if (family() == AF_INET) return host() + ":" + std::to_string(port());
  if (family() == AF_INET6) return "[" + host() + "]:" + std::to_string(port());
  const std::string name = path();
  return name.empty() ? "(unnamed)" : name;
}

bool operator==(const SocketAddress& a, const SocketAddress& b) {
  return a.size_ == b.size_ && std::memcmp(&a.storage_, &b.storage_, a.size_) == 0;
}

bool IsConnectedToItself(int fd) {
  const SocketAddress peer = SocketAddress::PeerOf(fd);
  return peer.size() > 0 && peer == SocketAddress::LocalOf(fd);
}

}  // namespace unstick::inline v0::net
