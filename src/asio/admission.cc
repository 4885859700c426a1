#include "src/asio/admission.h"

#include <netinet/in.h>

#include <cstring>

namespace unstick::inline v0::aio::detail {
namespace {

// An IPv4 address, also one that an IPv6 socket has mapped; of an IPv6 address the first half,
// which is what one subscriber gets (RFC 6177). Nothing for Unix sockets.
std::optional<std::uint64_t> KeyOf(const sockaddr* peer) {
  std::uint64_t key = 0;
  if (peer->sa_family == AF_INET) {
    std::memcpy(&key, &reinterpret_cast<const sockaddr_in*>(peer)->sin_addr, 4);
    return key;
  }
  if (peer->sa_family != AF_INET6) return std::nullopt;
  const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(peer)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    std::memcpy(&key, address.s6_addr + 12, 4);
  } else {
    std::memcpy(&key, address.s6_addr, 8);
  }
  return key;
}

}  // namespace

std::optional<RefuseReason> Admission::Enter(const sockaddr* peer) {
  if (open() >= limit_) return RefuseReason::kConnections;  // one thread accepts
  if (per_address_ > 0) {
    if (const auto key = KeyOf(peer)) {
      const std::lock_guard lock(mutex_);
      std::size_t& from = from_[*key];
      if (from >= per_address_) return RefuseReason::kAddress;
      ++from;
    }
  }
  open_.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

void Admission::Leave(const sockaddr* peer) {
  open_.fetch_sub(1, std::memory_order_relaxed);
  if (per_address_ == 0) return;
  const auto key = KeyOf(peer);
  if (!key) return;
  const std::lock_guard lock(mutex_);
  const auto from = from_.find(*key);
  if (from != from_.end() && --from->second == 0) from_.erase(from);
}

}  // namespace unstick::inline v0::aio::detail
