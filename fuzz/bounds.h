// What a target's subject may cost at most. Every target asks for it: a run that takes more steps,
// or more of the heap, than bytes of this number can be worth is as broken as a wrong frame.
//
// Steps are counted where libFuzzer's instrumentation is (work_count.cc), the heap everywhere. With
// UNSTICK_FUZZ_COSTS in the environment a program prints how near it came to each bound.

#ifndef UNSTICK_FUZZ_BOUNDS_H_
#define UNSTICK_FUZZ_BOUNDS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzz/fuzz_input.h"
#include "tests/laws/work_law.h"
#include "tests/support/heap_use.h"
#include "tests/support/work_count.h"
#include "unstick/core/any_framer.h"

namespace unstick::fuzz {

// Fails where `used` is more than `allowed`; keeps the nearest miss of each bound.
class Bound {
 public:
  explicit Bound(const char* what) : what_(what) {}
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;
  ~Bound() {
    if (std::getenv("UNSTICK_FUZZ_COSTS") == nullptr || allowed_ == 0) return;
    std::fprintf(stderr, "costs: at most %.3f of the %s: %llu of %llu%s\n", share_, what_,
                 static_cast<unsigned long long>(used_), static_cast<unsigned long long>(allowed_),
                 of_.c_str());
  }

  void Require(std::uint64_t used, std::uint64_t allowed, const std::string& of = "") {
    if (used > allowed) {
      Fail(std::string(what_) + ": " + std::to_string(used) + " where " + std::to_string(allowed) +
           " are allowed" + of);
    }
    const double share =
        static_cast<double>(used) / static_cast<double>(std::max<std::uint64_t>(allowed, 1));
    if (share < share_) return;
    share_ = share;
    used_ = used;
    allowed_ = allowed;
    of_ = of;
  }

 private:
  const char* what_;
  double share_ = 0;
  std::uint64_t used_ = 0;
  std::uint64_t allowed_ = 0;
  std::string of_;
};

inline Bound& StepsBound() {
  static Bound bound("steps");
  return bound;
}
inline Bound& HeapBound() {
  static Bound bound("heap");
  return bound;
}

// The scope in which a subject runs, and what it may cost.
class Bounded {
 public:
  Bounded(std::uint64_t steps, std::uint64_t heap)
      : steps_(steps), heap_(heap), before_(testing::WorkSoFar().steps) {}
  Bounded(const Bounded&) = delete;
  Bounded& operator=(const Bounded&) = delete;
  ~Bounded() {
    StepsBound().Require(testing::WorkSoFar().steps - before_, steps_);
    HeapBound().Require(use_.at_most(), heap_);
  }

 private:
  std::uint64_t steps_;
  std::uint64_t heap_;
  std::uint64_t before_;
  testing::HeapUse use_;
};

// What an object holds of the heap over several calls, beside what the target holds itself.
class Holder {
 public:
  explicit Holder(std::uint64_t heap) : heap_(heap) {}

  template <typename Call>
  auto During(Call call) {
    const testing::HeapUse use;
    auto result = call();
    HeapBound().Require(held_ + use.at_most(), heap_);
    held_ += use.now();  // less than before, too
    return result;
  }

 private:
  std::uint64_t heap_;
  std::uint64_t held_ = 0;
};

inline constexpr std::uint64_t kStepsPerByte = 400;  // or call of the decoder
inline constexpr std::uint64_t kStepsAtOnce = std::uint64_t{1} << 19;
inline constexpr std::uint64_t kHeapSlack = 4096;

// Promises D6 and D7 for one stream in equal pieces: see tests/laws/work_law_test.cc, which counts
// more exactly.
inline void RequireBounded(const AnyFramer& framer, std::string_view stream, OnError mode,
                           std::size_t piece) {
  const testing::Costs costs = testing::CostsOf(framer, stream, piece, mode, 1 << 20);
  const std::string of = " by " + framer.spec() + " of " + std::to_string(costs.fed) +
                         " bytes in pieces of " + std::to_string(piece) + ", " +
                         std::to_string(costs.frames) + " frames";
  StepsBound().Require(costs.steps, kStepsPerByte * (costs.fed + costs.calls) + kStepsAtOnce, of);
  HeapBound().Require(costs.heap_over, kHeapSlack, of);
}
// In no more pieces than this takes no time for.
inline void RequireBounded(const AnyFramer& framer, std::string_view stream, OnError mode) {
  RequireBounded(framer, stream, mode, 1 + stream.size() / 256);
}

}  // namespace unstick::fuzz

#endif  // UNSTICK_FUZZ_BOUNDS_H_
