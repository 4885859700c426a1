// Bytes, borrowed: the vocabulary every other header speaks.

#ifndef UNSTICK_CORE_BYTES_H_
#define UNSTICK_CORE_BYTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "unstick/core/attributes.h"

namespace unstick::inline v0 {

using ByteView = std::span<const std::byte>;  // borrowed, read-only
using ByteSpan = std::span<std::byte>;        // borrowed, writable

// Characters as bytes and back; nothing is copied. A string literal's final NUL is not included.
inline ByteView AsBytes(std::string_view text UNSTICK_LIFETIME_BOUND) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view AsText(ByteView bytes UNSTICK_LIFETIME_BOUND) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// True iff both hold the same bytes.
inline bool Equal(ByteView a, ByteView b) { return AsText(a) == AsText(b); }

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push  // g++ 12 does not see that small arrays never reach the wide loads
#pragma GCC diagnostic ignored "-Warray-bounds"
#endif
namespace detail {

// Four bytes in network order, eight in little-endian order, at any address.
inline std::uint32_t LoadBig32(const std::byte* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof(value));
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap32(value);
  return value;
}
inline std::uint64_t LoadLittle64(const std::byte* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof(value));
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
  return value;
}

inline void StoreLittle64(std::byte* at, std::uint64_t value) {
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
  std::memcpy(at, &value, sizeof(value));
}

// memcmp(a, b, size) == 0, without the call for what delimiters mostly are.
inline bool SameBytes(const std::byte* a, const std::byte* b, std::size_t size) {
  if (size < 8 || size > 16) return std::memcmp(a, b, size) == 0;
  const std::size_t last = size - 8;  // the two words overlap
  return ((LoadLittle64(a) ^ LoadLittle64(b)) |
          (LoadLittle64(a + last) ^ LoadLittle64(b + last))) == 0;
}

// Brings what will be read soon into the cache. Any address is allowed, so it is computed as one.
inline void PrefetchAhead(const std::byte* at) {
  const std::uintptr_t ahead = reinterpret_cast<std::uintptr_t>(at) + 2048;  // bytes
  __builtin_prefetch(reinterpret_cast<const void*>(ahead));  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace detail

// The unsigned integer of `width` bytes (1..8) that starts at bytes[at]. REQUIRES: at + width <=
// bytes.size(). One wide load where eight bytes are readable, a loop within eight bytes of the end.
inline std::uint64_t LoadUint(ByteView bytes, std::size_t at, std::size_t width,
                              std::endian order) {
  std::uint64_t value = 0;
  if (bytes.size() >= sizeof(value) && at <= bytes.size() - sizeof(value)) {
    value = detail::LoadLittle64(bytes.data() + at);
    const unsigned unused_bits = static_cast<unsigned>(64 - 8 * width);
    return order == std::endian::big ? __builtin_bswap64(value) >> unused_bits
                                     : (value << unused_bits) >> unused_bits;
  }
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t next = order == std::endian::big ? i : width - 1 - i;
    value = (value << 8) | std::to_integer<std::uint64_t>(bytes[at + next]);
  }
  return value;
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

// Writes the low `width` bytes (1..8) of `value` to the front of `bytes`. REQUIRES: bytes.size()
// >= width.
inline void StoreUint(ByteSpan bytes, std::uint64_t value, std::size_t width, std::endian order) {
  if (width == 4) {  // by far the most frequent one: a single store
    auto word = static_cast<std::uint32_t>(value);
    if (order != std::endian::native) word = __builtin_bswap32(word);
    std::memcpy(bytes.data(), &word, sizeof(word));
    return;
  }
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t at = order == std::endian::little ? i : width - 1 - i;
    bytes[at] = static_cast<std::byte>(value & 0xff);
    value >>= 8;
  }
}

// The largest value that `width` bytes (1..8) can hold.
constexpr std::uint64_t MaxUint(std::size_t width) {
  return width >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * width)) - 1;
}

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_BYTES_H_
