// Eight bytes at a time in an ordinary register, on any machine and in either byte order.

#include <bit>
#include <cstring>

#include "src/core/kernels/kernels.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::uint64_t kEach = 0x0101010101010101;
constexpr std::uint64_t kLow = 0x7f7f7f7f7f7f7f7f;

// The top bit of each byte of `word` that is zero; exact, no carry runs into a neighbour.
constexpr std::uint64_t ZeroBytes(std::uint64_t word) {
  return ~(((word & kLow) + kLow) | word | kLow);
}

// The same eight bits side by side: the multiplication moves bit 8 * i + 7 to bit 56 + i.
constexpr std::uint64_t Gathered(std::uint64_t tops) {
  return (tops >> 7) * 0x0102040810204080 >> 56;
}

constexpr std::uint64_t Repeated(std::byte byte) {
  return kEach * std::to_integer<std::uint64_t>(byte);
}

// Eight bytes, or fewer with something else than `filler`'s complement behind them.
std::uint64_t Load(const std::byte* text, std::size_t size, std::uint64_t filler) {
  if (size >= 8) return LoadLittle64(text);
  std::byte word[8];
  std::memset(word, static_cast<int>(~filler & 0xff), sizeof(word));
  if (size > 0) std::memcpy(word, text, size);
  return LoadLittle64(word);
}

template <typename BitsAt>
void ForEachBlock(std::size_t size, ByteMasks& masks, const BitsAt& bits_at) {
  masks.not_zero = 0;
  for (std::size_t block = 0; block * kMaskBits < size; ++block) {
    const std::size_t from = block * kMaskBits;
    std::uint64_t bits = 0;
    for (std::size_t at = from; at < size && at < from + kMaskBits; at += 8) {
      bits |= bits_at(at) << (at - from);
    }
    masks.bits[block] = bits;
    masks.not_zero |= std::uint64_t{bits != 0} << block;
  }
}

void MarkBytesPortable(const std::byte* text, std::size_t size, std::byte wanted,
                       ByteMasks& masks) {
  const std::uint64_t pattern = Repeated(wanted);
  ForEachBlock(size, masks, [=](std::size_t at) {
    return Gathered(ZeroBytes(Load(text + at, size - at, pattern) ^ pattern));
  });
}

void MarkPairsPortable(const std::byte* text, std::size_t places, std::byte first, std::byte last,
                       std::size_t distance, ByteMasks& masks) {
  const std::uint64_t firsts = Repeated(first);
  const std::uint64_t lasts = Repeated(last);
  ForEachBlock(places, masks, [=](std::size_t at) {
    const std::size_t left = places - at;
    return Gathered(ZeroBytes(Load(text + at, left, firsts) ^ firsts) &
                    ZeroBytes(Load(text + at + distance, left, lasts) ^ lasts));
  });
}

std::size_t FindEitherPortable(const std::byte* text, std::size_t size, std::byte a, std::byte b) {
  const std::uint64_t as = Repeated(a);
  const std::uint64_t bs = Repeated(b);
  std::size_t at = 0;
  for (; size - at >= 8; at += 8) {
    const std::uint64_t word = LoadLittle64(text + at);
    const std::uint64_t hits = ZeroBytes(word ^ as) | ZeroBytes(word ^ bs);
    if (hits != 0) return at + static_cast<std::size_t>(std::countr_zero(hits)) / 8;
  }
  while (at < size && text[at] != a && text[at] != b) ++at;
  return at;
}

}  // namespace

const Kernels kPortableKernels = {"portable", MarkBytesPortable, MarkPairsPortable,
                                  FindEitherPortable};

}  // namespace unstick::inline v0::detail
