// tests/support/work_count.h and heap_use.h as libFuzzer's and the sanitizers' instrumentation has
// them. That calls a function at each comparison; a target is linked with --wrap for these, and for
// the functions that look at or move many bytes at once. So a step is a comparison, a call of such
// a function, or eight of its bytes. The heap is that of all libraries. Without instrumentation
// nothing is counted.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tests/support/heap_use.h"
#include "tests/support/work_count.h"

namespace {

unstick::testing::Work work;
std::uintptr_t first = 0;
std::uintptr_t size = 0;
void Block(std::size_t n) { work.steps += 1 + n / 8; }
void Look(const void* at, std::size_t n) {
  Block(8 * n);
  if (reinterpret_cast<std::uintptr_t>(at) - first < size) work.looked += n;
}

std::int64_t live = 0;  // since the hooks are there: what was older may be freed
std::int64_t peak = 0;
std::size_t allocations = 0;

}  // namespace

extern "C" {

[[gnu::weak]] int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*,
                                                                              std::size_t),
                                                            void (*on_free)(const volatile void*));
[[gnu::weak]] std::size_t __sanitizer_get_allocated_size(const volatile void* memory);

static void OnMalloc(const volatile void* /*memory*/, std::size_t n) {
  ++allocations;
  live += static_cast<std::int64_t>(n);
  peak = std::max(peak, live);
}
static void OnFree(const volatile void* memory) {
  live -= static_cast<std::int64_t>(__sanitizer_get_allocated_size(memory));
}
static const bool hooked = __sanitizer_install_malloc_and_free_hooks != nullptr &&
                           __sanitizer_install_malloc_and_free_hooks(OnMalloc, OnFree) != 0;

// The real one asks who has called: it must be a tail call.
#define UNSTICK_COUNTED(name, Type)                                       \
  [[gnu::weak]] void __real___sanitizer_cov_trace_##name(Type, Type);     \
  void __wrap___sanitizer_cov_trace_##name(Type a, Type b) {              \
    ++work.steps;                                                         \
    [[clang::musttail]] return __real___sanitizer_cov_trace_##name(a, b); \
  }
UNSTICK_COUNTED(cmp1, std::uint8_t)
UNSTICK_COUNTED(cmp2, std::uint16_t)
UNSTICK_COUNTED(cmp4, std::uint32_t)
UNSTICK_COUNTED(cmp8, std::uint64_t)
UNSTICK_COUNTED(const_cmp1, std::uint8_t)
UNSTICK_COUNTED(const_cmp2, std::uint16_t)
UNSTICK_COUNTED(const_cmp4, std::uint32_t)
UNSTICK_COUNTED(const_cmp8, std::uint64_t)
#undef UNSTICK_COUNTED

[[gnu::weak]] void __real___sanitizer_cov_trace_switch(std::uint64_t value, std::uint64_t* cases);
void __wrap___sanitizer_cov_trace_switch(std::uint64_t value, std::uint64_t* cases) {
  ++work.steps;
  [[clang::musttail]] return __real___sanitizer_cov_trace_switch(value, cases);
}

[[gnu::weak]] void* __real___asan_memcpy(void* to, const void* from, std::size_t n);
void* __wrap___asan_memcpy(void* to, const void* from, std::size_t n) {
  Block(n);
  return __real___asan_memcpy(to, from, n);
}
[[gnu::weak]] void* __real___asan_memmove(void* to, const void* from, std::size_t n);
void* __wrap___asan_memmove(void* to, const void* from, std::size_t n) {
  Block(n);
  return __real___asan_memmove(to, from, n);
}

void* __real_memchr(const void* at, int byte, std::size_t n);
void* __wrap_memchr(const void* at, int byte, std::size_t n) {
  void* const found = __real_memchr(at, byte, n);
  Look(at, found == nullptr ? n
                            : static_cast<std::size_t>(static_cast<const char*>(found) -
                                                       static_cast<const char*>(at)) +
                                  1);
  return found;
}
int __real_memcmp(const void* a, const void* b, std::size_t n);
int __wrap_memcmp(const void* a, const void* b, std::size_t n) {
  Block(n);
  return __real_memcmp(a, b, n);
}

}  // extern "C"

namespace unstick::inline v0::testing {

Work WorkSoFar() { return work; }

Looking::Looking(ByteView bytes) {
  first = reinterpret_cast<std::uintptr_t>(bytes.data());
  size = bytes.size();
}
Looking::~Looking() { first = size = 0; }

HeapUse::HeapUse()
    : live_before_(static_cast<std::size_t>(live)), allocations_before_(::allocations) {
  static_cast<void>(hooked);
  peak = live;
}
std::size_t HeapUse::now() const { return static_cast<std::size_t>(live) - live_before_; }
std::size_t HeapUse::at_most() const { return static_cast<std::size_t>(peak) - live_before_; }
std::size_t HeapUse::allocations() const { return ::allocations - allocations_before_; }

}  // namespace unstick::inline v0::testing
