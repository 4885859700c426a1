// Delimiters by hand: a memchr for each line, or one bit for each byte that could be one, 64 bytes
// at a time. A parser remembers how far it has looked, so that small chunks cost no second look.

#ifndef UNSTICK_BENCH_LIMITS_LINE_LIMITS_H_
#define UNSTICK_BENCH_LIMITS_LINE_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "unstick/core/bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace unstick::bench {

inline constexpr std::string_view kLf = "\n";
inline constexpr std::string_view kCrlf = "\r\n";
inline constexpr std::string_view kBoundary = "--boundary--";

// Is there a whole mark that ends with the byte before `end`?
template <const std::string_view& kMark>
bool MarkEndsAt(const std::byte* from, const std::byte* end) {
  if constexpr (kMark.size() == 1) {
    return true;
  } else {
    return end - from >= static_cast<std::ptrdiff_t>(kMark.size()) &&
           std::memcmp(end - kMark.size(), kMark.data(), kMark.size()) == 0;
  }
}

// One memchr for the mark's last byte each time.
template <const std::string_view& kMark>
class MemchrLines {
 public:
  template <typename Consume>
  std::size_t operator()(ByteView bytes, Consume&& consume) {
    const std::byte* start = bytes.data();
    const std::byte* const end = start + bytes.size();
    for (const std::byte* at = start + looked_;;) {
      const void* hit = std::memchr(at, kMark.back(), static_cast<std::size_t>(end - at));
      if (hit == nullptr) break;
      at = static_cast<const std::byte*>(hit) + 1;
      if (!MarkEndsAt<kMark>(start, at)) continue;
      consume(ByteView(start, at - kMark.size()));
      start = at;
    }
    looked_ = static_cast<std::size_t>(end - start);
    return bytes.size() - looked_;
  }

 private:
  std::size_t looked_ = 0;
};

#if defined(__x86_64__)

#define UNSTICK_BENCH_AVX2 __attribute__((target("avx2,bmi,bmi2")))
#define UNSTICK_BENCH_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx2,bmi,bmi2")))

// A bit for each of the 64 bytes at `at` that is `byte`.
UNSTICK_BENCH_AVX2 inline std::uint64_t Mask64Avx2(const std::byte* at, char byte) {
  const __m256i wanted = _mm256_set1_epi8(byte);
  const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32));
  const auto first =
      static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)));
  const auto second =
      static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)));
  return first | std::uint64_t{second} << 32;
}

UNSTICK_BENCH_AVX512 inline std::uint64_t Mask64Avx512(const std::byte* at, char byte) {
  return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(at), _mm512_set1_epi8(byte));
}

// Marks of one or two bytes: the last byte's mask, then a look at the byte before. Longer ones: the
// last byte's mask and the first byte's at its distance. The end that fills no 64 bytes is copied
// into such. The two classes differ in the instructions alone; a function cannot be a template over
// those.
#define UNSTICK_BENCH_MASK_LINES(Name, TARGET, Mask64)                                     \
  template <const std::string_view& kMark>                                                 \
  class Name {                                                                             \
   public:                                                                                 \
    template <typename Consume>                                                            \
    TARGET std::size_t operator()(ByteView bytes, Consume& consume) {                      \
      constexpr std::size_t kBack = kMark.size() > 2 ? kMark.size() - 1 : 0;               \
      const std::byte* start = bytes.data();                                               \
      const std::byte* const end = start + bytes.size();                                   \
      const std::byte* at = start + looked_;                                               \
      if (kBack > 0 && at < start + kBack) at = start + kBack < end ? start + kBack : end; \
      for (; at < end; at += 64) {                                                         \
        std::uint64_t hits;                                                                \
        if (end - at >= 64) {                                                              \
          hits = Mask64(at, kMark.back());                                                 \
          if constexpr (kBack > 0) hits &= Mask64(at - kBack, kMark.front());              \
        } else {                                                                           \
          alignas(64) std::byte last[64] = {};                                             \
          std::memcpy(last, at, static_cast<std::size_t>(end - at));                       \
          hits = Mask64(last, kMark.back());                                               \
        }                                                                                  \
        for (; hits != 0; hits &= hits - 1) {                                              \
          const std::byte* behind = at + __builtin_ctzll(hits) + 1;                        \
          if (!MarkEndsAt<kMark>(start, behind)) continue;                                 \
          consume(ByteView(start, behind - kMark.size()));                                 \
          start = behind;                                                                  \
        }                                                                                  \
      }                                                                                    \
      looked_ = static_cast<std::size_t>(end - start);                                     \
      return bytes.size() - looked_;                                                       \
    }                                                                                      \
                                                                                           \
   private:                                                                                \
    std::size_t looked_ = 0;                                                               \
  };

UNSTICK_BENCH_MASK_LINES(Avx2Lines, UNSTICK_BENCH_AVX2, Mask64Avx2)
UNSTICK_BENCH_MASK_LINES(Avx512Lines, UNSTICK_BENCH_AVX512, Mask64Avx512)
#undef UNSTICK_BENCH_MASK_LINES

inline bool HasAvx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"); }
inline bool HasAvx512() { return HasAvx2() && __builtin_cpu_supports("avx512bw"); }

#endif  // defined(__x86_64__)

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_LIMITS_LINE_LIMITS_H_
