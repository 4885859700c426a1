// The loops over bytes that vectors make faster, in one table for each kind of processor.

#ifndef UNSTICK_SRC_CORE_KERNELS_KERNELS_H_
#define UNSTICK_SRC_CORE_KERNELS_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "unstick/core/bytes.h"
#include "unstick/core/detail/byte_masks.h"

namespace unstick::inline v0::detail {

// All of them do the same: tests and a fuzzer hold them to each other. Pure; no bytes but those
// named are read.
struct Kernels {
  std::string_view name;  // "portable", or Highway's name of the target: "AVX3", "AVX2", ...

  // See byte_masks.h.
  void (*mark_bytes)(const std::byte* text, std::size_t size, std::byte wanted, ByteMasks& masks);
  void (*mark_pairs)(const std::byte* text, std::size_t places, std::byte first, std::byte last,
                     std::size_t distance, ByteMasks& masks);
  // The index of the first byte that is `a` or `b`; `size` if there is none.
  std::size_t (*find_either)(const std::byte* text, std::size_t size, std::byte a, std::byte b);
};

// The best for this processor, found out once.
const Kernels& ChosenKernels();

// For tests: those that this processor can run, the portable ones first, and a choice among them,
// before other threads start. False if there is none of that name.
std::vector<const Kernels*> RunnableKernels();
bool ChooseKernels(std::string_view name);

inline std::size_t FindEither(ByteView text, std::byte a, std::byte b) {
  return ChosenKernels().find_either(text.data(), text.size(), a, b);
}

extern const Kernels kPortableKernels;
#if UNSTICK_SIMD
std::vector<const Kernels*> SimdKernels();  // the best first
#endif

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KERNELS_KERNELS_H_
