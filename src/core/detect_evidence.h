// The arithmetic behind Detect(): what bytes cost without a framing, what a framing's boundaries
// cost, and how many of a frame's bits its boundary depends on.

#ifndef UNSTICK_SRC_CORE_DETECT_EVIDENCE_H_
#define UNSTICK_SRC_CORE_DETECT_EVIDENCE_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::detail {

// A stream without a framing: how unlikely each of its bytes is. What is frequent, or usually comes
// behind the byte before, is no evidence: zeros in a stream full of zeros, letters in a text, the
// next number of a series.
class ByteModel {
 public:
  // Borrows `stream`, which is not empty.
  explicit ByteModel(ByteView stream);

  // How many bits the stream's byte `i` takes, given all bytes before it.
  double BitsAt(std::size_t i) const { return sixteenths_[i] * scale_; }

  // Bytes that might stand at `i` as well: those behind the same byte nearby, or all nearby and a
  // few that are not there.
  std::vector<std::byte> LikeAt(std::size_t i) const;

 private:
  ByteView stream_;
  std::vector<std::uint8_t> sixteenths_;
  double scale_ = 0;
};

// How many bits it takes to say the next frame's size, given those before: a size that was there
// before is cheap, more so behind the same two as then; a new one costs its order of magnitude and
// its digits.
class SizeCosts {
 public:
  // For sizes up to about `most`: who allows less predicts more.
  explicit SizeCosts(std::uint64_t most)
      : possible_(static_cast<double>(std::bit_width(most | 1))) {}

  double Next(std::size_t size);

 private:
  struct Last {
    std::size_t size = 0;
    std::uint32_t times = 0;  // in a row
  };
  double ByItself(std::size_t size) const;

  double possible_;                                          // orders of magnitude
  std::vector<std::pair<std::size_t, std::uint32_t>> seen_;  // sizes and how often; the first few
  std::array<double, 64> magnitudes_ = {};
  double all_ = 0;
  double repeated_ = 0;
  std::array<Last, 1024> last_ = {};  // what came behind two sizes
  std::array<std::size_t, 2> before_ = {};
  double by_those_before_ = 0.1;  // how far that is believed
};

// The average of a sample, and how large that of all is at least, chance aside.
class Average {
 public:
  void Add(double value);
  // REQUIRES: something was added. `all`: how many there are to sample.
  double AtLeast(double all) const;

 private:
  double n_ = 0;
  double sum_ = 0;
  double squares_ = 0;
};

// How unlikely it is that the model's stream has a frame at `offset` that ends where it does: other
// bytes are tried in each place, or in a sample of them, and `holds` is asked whether the frame
// still ends there.
class FrameTrial {
 public:
  // `window` is the frame with some bytes behind it. Borrows `model`.
  FrameTrial(ByteView window, std::size_t offset, const ByteModel& model,
             std::function<bool(ByteView)> holds)
      : tried_(window.begin(), window.end()),
        offset_(offset),
        model_(model),
        holds_(std::move(holds)) {}

  // Bytes that may be anything, since others make up for them: the first of two lengths.
  void Free(std::vector<std::size_t> places) { free_ = std::move(places); }

  // In bits, for a frame of `size` bytes. `most` bounds the bytes that are looked at for that, as
  // far as its size allows.
  double Bits(std::size_t size, std::size_t most);

 private:
  double BitsAt(std::size_t place, std::size_t draws);

  std::vector<std::byte> tried_;
  std::size_t offset_;
  const ByteModel& model_;
  std::function<bool(ByteView)> holds_;
  std::vector<std::size_t> free_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_DETECT_EVIDENCE_H_
