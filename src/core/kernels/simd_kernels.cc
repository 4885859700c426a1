// The same with vectors: Highway compiles this file once for each kind of processor and says at run
// time which of them this one is.

#include <cstring>
#include <iterator>

#include "src/core/kernels/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/core/kernels/simd_kernels.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
// behind foreach_target.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace unstick::inline v0::detail {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// At most 64 bytes a vector, so that a block is a whole number of them.
using Bytes = hn::CappedTag<std::uint8_t, 64>;
using Vector = hn::Vec<Bytes>;

HWY_INLINE Vector All(std::byte byte) { return hn::Set(Bytes(), static_cast<std::uint8_t>(byte)); }
HWY_INLINE Vector Load(const std::byte* text) {
  return hn::LoadU(Bytes(), reinterpret_cast<const std::uint8_t*>(text));
}

// Of 64 bytes, `equal(i)` compares the vector at byte i.
template <typename EqualAt>
HWY_INLINE std::uint64_t BlockMask(const EqualAt& equal) {
  std::byte bits[8];
  for (std::size_t i = 0; i < kMaskBits; i += hn::Lanes(Bytes())) {
    hn::StoreMaskBits(Bytes(), equal(i), reinterpret_cast<std::uint8_t*>(bits) + i / 8);
  }
  return LoadLittle64(bits);
}

// Looks at eight words at a time, where the processor has vectors of that.
HWY_INLINE void NoteNotZero(std::size_t size, ByteMasks& masks) {
  const hn::CappedTag<std::uint64_t, 8> tag;
  masks.not_zero = 0;
  const std::size_t words = (size + kMaskBits - 1) / kMaskBits;
  std::size_t i = 0;
  for (; words - i >= hn::Lanes(tag); i += hn::Lanes(tag)) {
    std::uint8_t bits[8] = {};
    hn::StoreMaskBits(tag, hn::Ne(hn::LoadU(tag, &masks.bits[i]), hn::Zero(tag)), bits);
    masks.not_zero |= std::uint64_t{bits[0]} << i;
  }
  for (; i < words; ++i) masks.not_zero |= std::uint64_t{masks.bits[i] != 0} << i;
}

void MarkBytes(const std::byte* text, std::size_t size, std::byte wanted, ByteMasks& masks) {
  const Vector all = All(wanted);
  const auto mark = [&](const std::byte* block) HWY_ATTR {
    return BlockMask([&](std::size_t i) HWY_ATTR { return hn::Eq(Load(block + i), all); });
  };
  std::size_t at = 0;
  for (; size - at >= kMaskBits; at += kMaskBits) masks.bits[at / kMaskBits] = mark(text + at);
  if (at < size) {
    std::byte last[kMaskBits] = {};
    std::memcpy(last, text + at, size - at);
    masks.bits[at / kMaskBits] = mark(last) & ((std::uint64_t{1} << (size - at)) - 1);
  }
  NoteNotZero(size, masks);
}

void MarkPairs(const std::byte* text, std::size_t places, std::byte first, std::byte last,
               std::size_t distance, ByteMasks& masks) {
  const Vector firsts = All(first);
  const Vector lasts = All(last);
  const auto mark = [&](const std::byte* front, const std::byte* back) HWY_ATTR {
    return BlockMask([&](std::size_t i) HWY_ATTR {
      return hn::And(hn::Eq(Load(front + i), firsts), hn::Eq(Load(back + i), lasts));
    });
  };
  std::size_t at = 0;
  for (; places - at >= kMaskBits; at += kMaskBits) {
    masks.bits[at / kMaskBits] = mark(text + at, text + at + distance);
  }
  if (at < places) {
    std::byte front[kMaskBits] = {};
    std::byte back[kMaskBits] = {};
    std::memcpy(front, text + at, places - at);
    std::memcpy(back, text + at + distance, places - at);
    masks.bits[at / kMaskBits] = mark(front, back) & ((std::uint64_t{1} << (places - at)) - 1);
  }
  NoteNotZero(places, masks);
}

std::size_t FindEither(const std::byte* text, std::size_t size, std::byte a, std::byte b) {
  const Vector as = All(a);
  const Vector bs = All(b);
  const std::size_t lanes = hn::Lanes(Bytes());
  std::size_t at = 0;
  for (; size - at >= lanes; at += lanes) {
    const Vector bytes = Load(text + at);
    const auto found = hn::FindFirstTrue(Bytes(), hn::Or(hn::Eq(bytes, as), hn::Eq(bytes, bs)));
    if (found >= 0) return at + static_cast<std::size_t>(found);
  }
  while (at < size && text[at] != a && text[at] != b) ++at;
  return at;
}

const Kernels* Table() {
  static const Kernels kKernels = {hwy::TargetName(HWY_TARGET), MarkBytes, MarkPairs, FindEither};
  return &kKernels;
}

}  // namespace HWY_NAMESPACE
}  // namespace unstick::inline v0::detail
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace unstick::inline v0::detail {

HWY_EXPORT(Table);

std::vector<const Kernels*> SimdKernels() {
  std::vector<const Kernels*> kernels;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {  // the best first
    if (target == HWY_EMU128 || target == HWY_SCALAR) continue;  // the portable ones are better
    hwy::ChosenTarget index;
    index.Update(target);
    const bool only_one = std::size(HWY_DISPATCH_TABLE(Table)) == 1;
    kernels.push_back(HWY_DISPATCH_TABLE(Table)[only_one ? 0 : index.GetIndex()]());
  }
  return kernels;
}

}  // namespace unstick::inline v0::detail

#endif  // HWY_ONCE
