// Checksums of many stretches of one window, which share their bytes.

#ifndef UNSTICK_SRC_CORE_FILTERS_WINDOW_SUMS_H_
#define UNSTICK_SRC_CORE_FILTERS_WINDOW_SUMS_H_

#include <cstddef>
#include <cstdint>

#include "src/core/filters/checksum.h"
#include "src/core/filters/frame_check.h"
#include "unstick/core/bytes.h"
#include "unstick/core/seek_memory.h"

namespace unstick::inline v0::detail {

// Bytes that are added up anew for each question: at most so many at either end of a stretch, and
// all of a stretch that is no longer than twice that.
inline constexpr std::size_t kSumSpacing = 128;

// What a search may spend on places that fail: with the search for a magic and the states of the
// sum these are 4 looks a byte.
inline constexpr std::uint64_t kAllowance = std::uint64_t{32} << 10;
inline constexpr std::uint64_t kAllowedPerByte = 2;

class WindowSums final : public PrefixSums {
 public:
  // `window` starts at memory.base.
  WindowSums(const Checksum& sum, ByteView window, SeekMemory& memory)
      : sum_(sum), window_(window), memory_(memory) {}

  // What a question costs at most, in bytes.
  static constexpr std::uint64_t kMostForOne = 2 * kSumSpacing;
  // Has the search spent more than it may, so that it has to pass over this place unseen?
  bool Overdrawn(std::size_t at) const {
    return memory_.spent > kAllowance + kAllowedPerByte * (memory_.base + at);
  }

  // Questions are about the bytes from here on.
  void StartAt(std::size_t at) { at_ = at; }
  std::uint64_t Of(std::size_t from, std::size_t to) const override;
  // The same for bytes that follow others, which leave `state`.
  std::uint64_t After(std::uint64_t state, std::size_t from, std::size_t to) const;

  // The window's first `bytes` bytes are forgotten.
  void Drop(std::size_t bytes);

 private:
  std::uint64_t StateAt(std::size_t place) const;

  const Checksum& sum_;
  ByteView window_;
  SeekMemory& memory_;
  std::size_t at_ = 0;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_FILTERS_WINDOW_SUMS_H_
