#include "unstick/core/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <cstring>

namespace unstick::inline v0 {
namespace {

// ISA-L takes a length of type int, and the state inverted on both sides.
constexpr std::size_t kPiece = std::size_t{1} << 30;

[[gnu::noinline]] std::uint32_t Long(ByteView bytes, std::uint32_t state) {
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kPiece));
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(piece.data()));
    state = crc32_iscsi(data, static_cast<int>(piece.size()), state);
    bytes = bytes.subspan(piece.size());
  }
  return state;
}

#if defined(__x86_64__)

// Under this size one instruction a word beats ISA-L's folding, which has a start-up cost
// (bench/core_bench --benchmark_filter=Crc32c).
constexpr std::size_t kShort = 160;

// In assembly, because the intrinsics want a function that is compiled for processors with SSE 4.2,
// and calling that costs as much as the checksum of a few words.
template <typename Word>
std::uint64_t Add(std::uint64_t sum, const std::byte* at) {
  Word word;
  std::memcpy(&word, at, sizeof(word));
  if constexpr (sizeof(word) == 8) {
    __asm__("crc32q %1, %0" : "+r"(sum) : "rm"(word));
  } else if constexpr (sizeof(word) == 4) {
    __asm__("crc32l %1, %k0" : "+r"(sum) : "rm"(word));
  } else if constexpr (sizeof(word) == 2) {
    __asm__("crc32w %1, %k0" : "+r"(sum) : "rm"(word));
  } else {
    __asm__("crc32b %1, %k0" : "+r"(sum) : "qm"(word));
  }
  return sum;
}

std::uint32_t Short(ByteView bytes, std::uint32_t state) {
  std::uint64_t sum = state;
  const std::byte* at = bytes.data();
  const std::byte* const words_end = at + bytes.size() / 8 * 8;
  for (; at != words_end; at += 8) sum = Add<std::uint64_t>(sum, at);
  if ((bytes.size() & 4) != 0) {
    sum = Add<std::uint32_t>(sum, at);
    at += 4;
  }
  if ((bytes.size() & 2) != 0) {
    sum = Add<std::uint16_t>(sum, at);
    at += 2;
  }
  if ((bytes.size() & 1) != 0) sum = Add<std::uint8_t>(sum, at);
  return static_cast<std::uint32_t>(sum);
}

std::uint32_t Run(ByteView bytes, std::uint32_t state) {
  const bool is_short = bytes.size() < kShort && __builtin_cpu_supports("sse4.2") != 0;
  return is_short ? Short(bytes, state) : Long(bytes, state);
}

#else

std::uint32_t Run(ByteView bytes, std::uint32_t state) { return Long(bytes, state); }

#endif

}  // namespace

Crc32c Crc32c::Extended(ByteView bytes) const {
  Crc32c extended;
  extended.value_ = ~Run(bytes, ~value_);
  return extended;
}

}  // namespace unstick::inline v0
