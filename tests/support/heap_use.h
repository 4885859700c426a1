// What a test's program takes from the heap, by operator new, malloc() and realloc(). Declare the
// program with unstick_count_heap(). ThreadSanitizer brings an operator new of its own; such tests
// are not built under it.

#ifndef UNSTICK_TESTS_SUPPORT_HEAP_USE_H_
#define UNSTICK_TESTS_SUPPORT_HEAP_USE_H_

#include <cstddef>

namespace unstick::inline v0::testing {

// The heap that came into use since this object was made, in bytes as malloc really gave them. One
// thread; of several objects the newest tells at_most().
class HeapUse {
 public:
  HeapUse();
  std::size_t now() const;
  std::size_t at_most() const;
  // Calls that took some.
  std::size_t allocations() const;

 private:
  std::size_t live_before_;
  std::size_t allocations_before_;
};

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_HEAP_USE_H_
