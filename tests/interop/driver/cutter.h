// How a stream is cut: at random, by a seed.

#ifndef UNSTICK_TESTS_INTEROP_DRIVER_CUTTER_H_
#define UNSTICK_TESTS_INTEROP_DRIVER_CUTTER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>

namespace unstick::inline v0::interop {

// Mostly pieces of 1..7 bytes, sometimes pieces of up to 1,500, sometimes all that has piled up:
// frames are torn and glued. When much waits, large pieces are more frequent, or it would take
// long.
class Cutter {
 public:
  static constexpr std::size_t kBacklog = std::size_t{256} << 10;

  explicit Cutter(std::uint64_t seed) : random_(seed) {}

  // The size of the next piece of `available` (at least 1) bytes.
  std::size_t Next(std::size_t available) {
    if (run_ == 0) StartRun(available);
    const std::size_t piece = std::min({Below(largest_) + 1, run_, available});
    run_ -= piece;
    return piece;
  }

 private:
  std::size_t Below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

  void StartRun(std::size_t available) {
    const std::size_t kind = available > kBacklog && Below(10) != 0 ? 99 : Below(100);
    if (kind < 85) {
      largest_ = 7;
      run_ = 1 + Below(800);
    } else if (kind < 97) {
      largest_ = 1500;
      run_ = 1 + Below(4000);
    } else {
      largest_ = run_ = 1 + Below(65'536);
    }
    run_ = std::min(run_, available);
  }

  std::mt19937_64 random_;
  std::size_t largest_ = 7;
  std::size_t run_ = 0;  // bytes until the manner of cutting changes
};

}  // namespace unstick::inline v0::interop

#endif  // UNSTICK_TESTS_INTEROP_DRIVER_CUTTER_H_
