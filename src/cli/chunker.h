// Where `decode` cuts its input before it feeds it.

#ifndef UNSTICK_SRC_CLI_CHUNKER_H_
#define UNSTICK_SRC_CLI_CHUNKER_H_

#include <cstddef>
#include <cstdint>
#include <limits>

namespace unstick::inline v0::cli {

// Sizes of chunks, one after another, each at least 1.
class Chunker {
 public:
  static Chunker Whole() { return Chunker(std::numeric_limits<std::size_t>::max()); }
  static Chunker Every(std::size_t size) { return Chunker(size); }
  // The same sizes for the same seed on every machine: 1..4096, small ones as likely as large ones.
  static Chunker Random(std::uint64_t seed) {
    Chunker chunker(0);
    chunker.state_ = seed;
    return chunker;
  }

  std::size_t Next() {
    if (size_ != 0) return size_;
    const std::uint64_t bits = SplitMix64();
    const unsigned magnitude = static_cast<unsigned>(bits % 13);
    return static_cast<std::size_t>(1 + (bits >> 32) % (std::uint64_t{1} << magnitude));
  }

 private:
  explicit Chunker(std::size_t size) : size_(size) {}

  // Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014.
  std::uint64_t SplitMix64() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::size_t size_;  // 0: random
  std::uint64_t state_ = 0;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_CHUNKER_H_
