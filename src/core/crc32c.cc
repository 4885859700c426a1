#include "unstick/core/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

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

__attribute__((target("sse4.2"))) std::uint32_t Short(ByteView bytes, std::uint32_t state) {
  std::uint64_t wide = state;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    wide = _mm_crc32_u64(wide, word);
  }
  auto narrow = static_cast<std::uint32_t>(wide);
  if ((left & 4) != 0) {
    std::uint32_t word;
    std::memcpy(&word, at, sizeof(word));
    narrow = _mm_crc32_u32(narrow, word);
    at += sizeof(word);
  }
  if ((left & 2) != 0) {
    std::uint16_t word;
    std::memcpy(&word, at, sizeof(word));
    narrow = _mm_crc32_u16(narrow, word);
    at += sizeof(word);
  }
  return (left & 1) != 0 ? _mm_crc32_u8(narrow, std::to_integer<std::uint8_t>(*at)) : narrow;
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
