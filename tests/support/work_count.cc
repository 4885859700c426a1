#include "tests/support/work_count.h"

#include <algorithm>
#include <cstring>

#include "src/core/kernels/kernels.h"

namespace {

std::uintptr_t first = 0;
std::uintptr_t size = 0;
unstick::testing::Work work;

// All bytes that a function reads on the program's behalf; one load, of a number or of a word, is
// one look.
void Read(const void* at, std::size_t n) {
  ++work.steps;
  const std::uintptr_t from = reinterpret_cast<std::uintptr_t>(at);
  const std::uintptr_t place = from - first;
  if (place < size) {
    work.looked += n < size - place ? n : size - place;
  } else if (first - from < n) {
    work.looked += n - (first - from);
  }
}
void Load(const void* at) { Read(at, 1); }
void Step() { ++work.steps; }

}  // namespace

// The compiler's -fsanitize=thread calls these; nothing of ThreadSanitizer itself is linked. The
// program is linked with
// --wrap for the functions that read on its behalf.
extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void* /*caller*/) { Step(); }
void __tsan_func_exit() {}
void __tsan_vptr_update(void** /*at*/, void* /*value*/) { Step(); }
void __tsan_vptr_read(void** /*at*/) { Step(); }
void __tsan_read_range(void* at, unsigned long n) { Read(at, n); }
void __tsan_write_range(void* /*at*/, unsigned long /*n*/) { Step(); }

#define UNSTICK_COUNTED(n)                              \
  void __tsan_read##n(void* at) { Load(at); }           \
  void __tsan_unaligned_read##n(void* at) { Load(at); } \
  void __tsan_volatile_read##n(void* at) { Load(at); }  \
  void __tsan_write##n(void*) { Step(); }               \
  void __tsan_unaligned_write##n(void*) { Step(); }     \
  void __tsan_volatile_write##n(void*) { Step(); }      \
  void __tsan_read_write##n(void* at) { Load(at); }     \
  void __tsan_unaligned_read_write##n(void* at) { Load(at); }
UNSTICK_COUNTED(1)
UNSTICK_COUNTED(2)
UNSTICK_COUNTED(4)
UNSTICK_COUNTED(8)
UNSTICK_COUNTED(16)
#undef UNSTICK_COUNTED

#define UNSTICK_ATOMIC(bits, Type)                                                                 \
  Type __tsan_atomic##bits##_load(const volatile Type* at, int) { return *at; }                    \
  void __tsan_atomic##bits##_store(volatile Type* at, Type value, int) { *at = value; }            \
  Type __tsan_atomic##bits##_exchange(volatile Type* at, Type value, int) {                        \
    const Type old = *at;                                                                          \
    *at = value;                                                                                   \
    return old;                                                                                    \
  }                                                                                                \
  Type __tsan_atomic##bits##_fetch_add(volatile Type* at, Type value, int) {                       \
    const Type old = *at;                                                                          \
    *at = static_cast<Type>(old + value);                                                          \
    return old;                                                                                    \
  }                                                                                                \
  Type __tsan_atomic##bits##_fetch_sub(volatile Type* at, Type value, int) {                       \
    const Type old = *at;                                                                          \
    *at = static_cast<Type>(old - value);                                                          \
    return old;                                                                                    \
  }                                                                                                \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile Type* at, Type* expected, Type value, \
                                                    int, int) {                                    \
    const bool same = *at == *expected;                                                            \
    if (same) {                                                                                    \
      *at = value;                                                                                 \
    } else {                                                                                       \
      *expected = *at;                                                                             \
    }                                                                                              \
    return same;                                                                                   \
  }                                                                                                \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile Type* at, Type* expected, Type value,   \
                                                  int order, int other) {                          \
    return __tsan_atomic##bits##_compare_exchange_strong(at, expected, value, order, other);       \
  }
UNSTICK_ATOMIC(8, std::uint8_t)
UNSTICK_ATOMIC(32, std::uint32_t)
UNSTICK_ATOMIC(64, std::uint64_t)
#undef UNSTICK_ATOMIC
void __tsan_atomic_thread_fence(int /*order*/) {}

// memchr and memcmp look as far as they must; the others move bytes, which is not looking at them.
void* __real_memchr(const void* at, int byte, std::size_t n);
void* __wrap_memchr(const void* at, int byte, std::size_t n) {
  void* const found = __real_memchr(at, byte, n);
  Read(at, found == nullptr ? n
                            : static_cast<std::size_t>(static_cast<const char*>(found) -
                                                       static_cast<const char*>(at)) +
                                  1);
  return found;
}

int __real_memcmp(const void* a, const void* b, std::size_t n);
int __wrap_memcmp(const void* a, const void* b, std::size_t n) {
  std::size_t same = 0;
  const auto* x = static_cast<const unsigned char*>(a);
  const auto* y = static_cast<const unsigned char*>(b);
  while (same < n && x[same] == y[same]) ++same;
  Read(a, same < n ? same + 1 : n);
  Read(b, same < n ? same + 1 : n);
  return same < n ? x[same] - y[same] : 0;
}

unsigned __real_crc32_iscsi(unsigned char* at, int n, unsigned start);
unsigned __wrap_crc32_iscsi(unsigned char* at, int n, unsigned start) {
  Read(at, static_cast<std::size_t>(n));
  return __real_crc32_iscsi(at, n, start);
}

std::uint32_t __real_crc32_gzip_refl(std::uint32_t start, const unsigned char* at, std::uint64_t n);
std::uint32_t __wrap_crc32_gzip_refl(std::uint32_t start, const unsigned char* at,
                                     std::uint64_t n) {
  Read(at, n);
  return __real_crc32_gzip_refl(start, at, n);
}

}  // extern "C"

// The kernels load many bytes at once; here they say how many.
#define kPortableKernels kUncountedKernels
#include "src/core/kernels/portable_kernels.cc"
#undef kPortableKernels

namespace unstick::inline v0::detail {
namespace {

void CountedBytes(const std::byte* text, std::size_t n, std::byte wanted, ByteMasks& masks) {
  Read(text, n);
  kUncountedKernels.mark_bytes(text, n, wanted, masks);
}
void CountedPairs(const std::byte* text, std::size_t places, std::byte a, std::byte b,
                  std::size_t distance, ByteMasks& masks) {
  Read(text, places);
  Read(text + distance, places);
  kUncountedKernels.mark_pairs(text, places, a, b, distance, masks);
}
std::size_t CountedEither(const std::byte* text, std::size_t n, std::byte a, std::byte b) {
  const std::size_t found = kUncountedKernels.find_either(text, n, a, b);
  Read(text, std::min(found + 1, n));
  return found;
}

}  // namespace

extern const Kernels kPortableKernels;
const Kernels kPortableKernels = {"portable", CountedBytes, CountedPairs, CountedEither};

}  // namespace unstick::inline v0::detail

namespace unstick::inline v0::testing {

Work WorkSoFar() { return work; }

Looking::Looking(ByteView bytes) {
  first = reinterpret_cast<std::uintptr_t>(bytes.data());
  size = bytes.size();
}
Looking::~Looking() { first = size = 0; }

}  // namespace unstick::inline v0::testing
