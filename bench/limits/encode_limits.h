// Encoding and checksums by hand.

#ifndef UNSTICK_BENCH_LIMITS_ENCODE_LIMITS_H_
#define UNSTICK_BENCH_LIMITS_ENCODE_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "unstick/core/bytes.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace unstick::bench {

// Writes one frame with a 4-byte length and returns its size.
inline std::size_t HandWrittenEncode(ByteView payload, std::byte* to) {
  const std::uint32_t size = __builtin_bswap32(static_cast<std::uint32_t>(payload.size()));
  std::memcpy(to, &size, sizeof(size));
  std::memcpy(to + sizeof(size), payload.data(), payload.size());
  return sizeof(size) + payload.size();
}

#if defined(__x86_64__)
// One instruction for each 8 bytes.
__attribute__((target("sse4.2"))) inline std::uint32_t PlainCrc32q(ByteView bytes) {
  std::uint64_t wide = ~std::uint32_t{0};
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    wide = _mm_crc32_u64(wide, word);
  }
  auto narrow = static_cast<std::uint32_t>(wide);
  for (; left > 0; --left, ++at) {
    narrow = _mm_crc32_u8(narrow, std::to_integer<std::uint8_t>(*at));
  }
  return ~narrow;
}
#endif

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_LIMITS_ENCODE_LIMITS_H_
