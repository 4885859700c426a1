// What is open at a place inside a value whose parts say how many they hold: CBOR, RESP.

#ifndef UNSTICK_SRC_CORE_KINDS_WALKERS_OPEN_COUNTS_H_
#define UNSTICK_SRC_CORE_KINDS_WALKERS_OPEN_COUNTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "src/core/kinds/walkers/open_brackets.h"

namespace unstick::inline v0::detail {

// How many values are still to come. A list of three in a list of two is no level of its own: what
// counts is that so many more values follow. Only a part that goes on until it is closed by a mark
// opens a level, and its own counts pile up there:
//
//     [3 [2 x            4 to come
//     [3 [_ x {_ [5      2 to come, a list, 0 to come, a map, 5 to come
class OpenCounts {
 public:
  // What goes on until it is closed. A map may be closed where a key could stand; a string holds
  // nothing but pieces of its own kind.
  enum class Part : std::uint8_t { kList, kMapAtKey, kMapAtValue, kText, kBytes };

  OpenCounts() { runs_[0] = {1, Part::kList, 1}; }
  // What Pack(bits) said.
  OpenCounts(std::uint64_t packed, unsigned bits);
  OpenCounts(const OpenCounts&) = delete;
  OpenCounts& operator=(const OpenCounts&) = delete;

  bool done() const { return least_ == 0; }
  // Values and closing marks that must still come at least.
  std::uint64_t least() const { return least_; }
  bool nested() const { return top_ > 0; }
  // REQUIRES: nested().
  Part part() const { return runs_[top_].part; }
  bool in_string() const { return nested() && (part() == Part::kText || part() == Part::kBytes); }
  bool may_close() const {
    return nested() && runs_[top_].pending == 0 && part() != Part::kMapAtValue;
  }

  // A value begins here.
  void Take();
  // It holds `n` values.
  void Expect(std::uint64_t n);
  // It holds values until it is closed. False if it is the one that is too deep.
  [[nodiscard]] bool Open(Part part);
  // REQUIRES: may_close().
  void Close();

  // All this in `bits` bits (8..64), if it fits. Counts without a level fit if they are below
  // 2^(bits - 1).
  std::optional<std::uint64_t> Pack(unsigned bits) const;

 private:
  // Levels that are alike and lie directly within each other; of the innermost there is one.
  struct Run {
    std::uint64_t pending;
    Part part;
    std::uint16_t times;
  };
  static std::uint64_t LeastOf(const Run& run) {
    return run.pending + (run.part == Part::kMapAtValue ? 2 : 1);
  }

  std::array<Run, kMaxOpen + 1> runs_;  // only the first top_ + 1 mean something
  std::size_t top_ = 0;
  std::size_t depth_ = 0;
  std::uint64_t least_ = 1;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_WALKERS_OPEN_COUNTS_H_
