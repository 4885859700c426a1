#include "src/core/kernels/kernels.h"

#include <atomic>

namespace unstick::inline v0::detail {
namespace {

const Kernels* Best() {
#if UNSTICK_SIMD
  if (const std::vector<const Kernels*> simd = SimdKernels(); !simd.empty()) return simd.front();
#endif
  return &kPortableKernels;
}

constinit std::atomic<const Kernels*> chosen = nullptr;

}  // namespace

// Several threads may find out at once; they find the same. What a table holds is written when it
// is first asked for, hence acquire and release.
const Kernels& ChosenKernels() {
  const Kernels* kernels = chosen.load(std::memory_order_acquire);
  if (kernels == nullptr) {
    kernels = Best();
    chosen.store(kernels, std::memory_order_release);
  }
  return *kernels;
}

std::vector<const Kernels*> RunnableKernels() {
  std::vector<const Kernels*> runnable = {&kPortableKernels};
#if UNSTICK_SIMD
  for (const Kernels* kernels : SimdKernels()) runnable.push_back(kernels);
#endif
  return runnable;
}

bool ChooseKernels(std::string_view name) {
  for (const Kernels* kernels : RunnableKernels()) {
    if (kernels->name != name) continue;
    chosen.store(kernels, std::memory_order_release);
    return true;
  }
  return false;
}

void MarkBytes(ByteView text, std::byte wanted, ByteMasks& masks) {
  ChosenKernels().mark_bytes(text.data(), text.size(), wanted, masks);
}

void MarkPairs(ByteView text, std::size_t places, std::byte first, std::byte last,
               std::size_t distance, ByteMasks& masks) {
  ChosenKernels().mark_pairs(text.data(), places, first, last, distance, masks);
}

}  // namespace unstick::inline v0::detail
