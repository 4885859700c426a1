#include "tests/support/heap_use.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

std::size_t live = 0;
std::size_t peak = 0;
std::size_t allocations = 0;

void Taken(void* memory) {
  ++allocations;
  live += malloc_usable_size(memory);
  peak = std::max(peak, live);
}

}  // namespace

// The program is linked with --wrap for these: what its own objects call comes here.
extern "C" {

void* __real_malloc(std::size_t size);
void* __real_realloc(void* memory, std::size_t size);
void __real_free(void* memory);

void* __wrap_malloc(std::size_t size) {
  void* memory = __real_malloc(size);
  if (memory != nullptr) Taken(memory);
  return memory;
}

void* __wrap_realloc(void* memory, std::size_t size) {
  const std::size_t before = memory == nullptr ? 0 : malloc_usable_size(memory);
  void* moved = __real_realloc(memory, size);
  if (moved != nullptr) {
    live -= before;
    Taken(moved);
  }
  return moved;
}

[[gnu::weak]] void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  void* memory = __real_aligned_alloc(alignment, size);
  if (memory != nullptr) Taken(memory);
  return memory;
}

void __wrap_free(void* memory) {
  if (memory != nullptr) live -= malloc_usable_size(memory);
  __real_free(memory);
}

}  // extern "C"

[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete[](void* memory) noexcept { operator delete(memory); }
void operator delete[](void* memory, std::size_t) noexcept { operator delete(memory); }

namespace unstick::inline v0::testing {

HeapUse::HeapUse() : live_before_(live), allocations_before_(::allocations) { peak = live; }
std::size_t HeapUse::now() const { return live - live_before_; }
std::size_t HeapUse::at_most() const { return peak - live_before_; }
std::size_t HeapUse::allocations() const { return ::allocations - allocations_before_; }

}  // namespace unstick::inline v0::testing
