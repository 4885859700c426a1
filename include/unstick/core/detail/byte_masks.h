// Where a byte occurs in a text, one bit a byte: what delimiters are found with.

#ifndef UNSTICK_CORE_DETAIL_BYTE_MASKS_H_
#define UNSTICK_CORE_DETAIL_BYTE_MASKS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0::detail {

inline constexpr std::size_t kMaskBits = 64;
inline constexpr std::size_t kMarkedAtOnce = kMaskBits * kMaskBits;  // bytes

//     text       a b \n c d \n ...     bit i % 64 of bits[i / 64] stands for text[i]
//     bits       0 0 1  0 0 1           and is 0 behind the text; words behind it are undefined
//     not_zero   1 ...                  bit w: bits[w] is not 0
struct ByteMasks {
  std::uint64_t not_zero;
  std::array<std::uint64_t, kMaskBits> bits;
};

// Marks each `wanted` of `text`. REQUIRES: text.size() <= kMarkedAtOnce. Uses the widest vectors
// that the processor has.
UNSTICK_EXPORT void MarkBytes(ByteView text, std::byte wanted, ByteMasks& masks);

// Marks each place that holds `first` and has `last` `distance` bytes behind it, for the first
// `places` of `text`. REQUIRES: places <= kMarkedAtOnce, places + distance <= text.size().
UNSTICK_EXPORT void MarkPairs(ByteView text, std::size_t places, std::byte first, std::byte last,
                              std::size_t distance, ByteMasks& masks);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_CORE_DETAIL_BYTE_MASKS_H_
