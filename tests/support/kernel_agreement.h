// What the kernels must do, byte by byte, and whether they do.

#ifndef UNSTICK_TESTS_SUPPORT_KERNEL_AGREEMENT_H_
#define UNSTICK_TESTS_SUPPORT_KERNEL_AGREEMENT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "src/core/kernels/kernels.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0::testing {

// Says where `masks` are wrong about the first `places` bytes, of which `wanted(i)` are marked.
template <typename Wanted>
std::string WrongMask(const detail::ByteMasks& masks, std::size_t places, const Wanted& wanted) {
  const std::size_t words = (places + detail::kMaskBits - 1) / detail::kMaskBits;
  for (std::size_t i = 0; i < words * detail::kMaskBits; ++i) {
    const bool marked = (masks.bits[i / detail::kMaskBits] >> (i % detail::kMaskBits) & 1) != 0;
    if (marked != (i < places && wanted(i))) return "byte " + std::to_string(i);
  }
  for (std::size_t w = 0; w < detail::kMaskBits; ++w) {
    const bool noted = (masks.not_zero >> w & 1) != 0;
    if (noted != (w < words && masks.bits[w] != 0)) return "word " + std::to_string(w);
  }
  return {};
}

// Empty if all kernels that can run here say of `text` what the definitions say. Looks at no more
// than the masks hold.
inline std::string DisagreementOn(ByteView text, std::byte a, std::byte b, std::size_t distance) {
  const auto is = [text](std::size_t i, std::byte byte) { return text[i] == byte; };
  const std::size_t size = std::min(text.size(), detail::kMarkedAtOnce);
  const std::size_t places =
      std::min(text.size() - std::min(text.size(), distance), detail::kMarkedAtOnce);
  std::size_t first = 0;
  while (first < text.size() && !is(first, a) && !is(first, b)) ++first;

  for (const detail::Kernels* kernels : detail::RunnableKernels()) {
    const auto wrong = [&](const std::string& what) {
      return std::string(kernels->name) + " is wrong about " + what + " of " +
             std::to_string(text.size());
    };
    detail::ByteMasks masks;
    masks.not_zero = ~std::uint64_t{0};
    masks.bits.fill(~std::uint64_t{0});
    kernels->mark_bytes(text.data(), size, a, masks);
    const std::string byte = WrongMask(masks, size, [&](std::size_t i) { return is(i, a); });
    if (!byte.empty()) return wrong(byte + ", mark_bytes");
    kernels->mark_pairs(text.data(), places, a, b, distance, masks);
    const std::string pair =
        WrongMask(masks, places, [&](std::size_t i) { return is(i, a) && is(i + distance, b); });
    if (!pair.empty()) return wrong(pair + ", mark_pairs");
    const std::size_t found = kernels->find_either(text.data(), text.size(), a, b);
    if (found != first) return wrong("byte " + std::to_string(found) + ", find_either");
  }
  return {};
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_KERNEL_AGREEMENT_H_
