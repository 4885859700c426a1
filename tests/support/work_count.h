// What a program looks at, counted. Compile its sources with unstick_count_work(): every read of
// memory and every call then comes here, and whoever wants to know names a range of bytes. No
// clock, so the same every time.

#ifndef UNSTICK_TESTS_SUPPORT_WORK_COUNT_H_
#define UNSTICK_TESTS_SUPPORT_WORK_COUNT_H_

#include <cstddef>
#include <cstdint>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::testing {

// One thread only.
struct Work {
  std::uint64_t looked =
      0;  // bytes of the range that were read, once for each time; a load of a word is one
  std::uint64_t steps = 0;  // reads and writes of any memory, and calls
};

// Since the program's start.
Work WorkSoFar();

// While one lives, reads inside `bytes` count as looked at. They do not nest.
class Looking {
 public:
  explicit Looking(ByteView bytes);
  Looking(const Looking&) = delete;
  Looking& operator=(const Looking&) = delete;
  ~Looking();
};

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_WORK_COUNT_H_
