// What one call to sendmsg() may carry.

#ifndef UNSTICK_SRC_NET_GATHER_H_
#define UNSTICK_SRC_NET_GATHER_H_

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::net {

inline constexpr std::size_t kMaxParts = 1024;                         // Linux's IOV_MAX
inline constexpr std::size_t kMaxBytesPerCall = std::size_t{1} << 30;  // well below SSIZE_MAX, 2^31

// Describes the first of the parts' bytes in `into`, up to its size and kMaxBytesPerCall, the last
// part cut if need be. Returns how many entries that took.
inline std::size_t Gather(std::span<const ByteView> parts, std::span<iovec> into) {
  std::size_t used = 0;
  std::size_t left = kMaxBytesPerCall;
  for (const ByteView part : parts) {
    if (used == into.size() || left == 0) break;
    if (part.empty()) continue;
    const std::size_t size = std::min(part.size(), left);
    into[used++] = {.iov_base = const_cast<std::byte*>(part.data()), .iov_len = size};
    left -= size;
  }
  return used;
}

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_SRC_NET_GATHER_H_
