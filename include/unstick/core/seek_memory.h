// What a search for the next frame keeps from one call to the next.

#ifndef UNSTICK_CORE_SEEK_MEMORY_H_
#define UNSTICK_CORE_SEEK_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace unstick::inline v0 {

// Lives as long as one gap. Places are counted from where the search began.
//
// A place that may be a frame is proved by a checksum, and thousands of places may share their
// bytes. So the bytes are added up once, and the state of the sum is kept at every 128th: the
// checksum of any stretch follows from the states at its ends.
//
//     | dropped ......... | window                 |
//                         base    marks: | x | x | x |  summed
struct SeekMemory {
  std::uint64_t base = 0;  // where the next window starts

  // States: at multiples of 128 from first_mark on, at `summed`, at `base`, and where the last
  // stretch began.
  std::vector<std::uint64_t> marks = {};
  std::uint64_t first_mark = 0;
  std::uint64_t summed = 0;
  std::uint64_t summed_state = 0;
  std::uint64_t base_state = 0;
  std::uint64_t recent = 0;
  std::uint64_t recent_state = 0;
  bool begun = false;

  // What the places that failed have cost so far, in bytes looked at, and the scanner's
  // note about the place in progress, in two words.
  std::uint64_t spent = 0;
  std::uint64_t note = 0;
  std::uint64_t outer = 0;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_SEEK_MEMORY_H_
