// Checksums over bytes: CRCs of any parameters, sums, xor, Adler-32.
//
// Each is a state that bytes move on, and from the states before and after some bytes their own
// checksum follows: so one pass over a stream gives the checksum of every stretch of it.

#ifndef UNSTICK_SRC_CORE_FILTERS_CHECKSUM_H_
#define UNSTICK_SRC_CORE_FILTERS_CHECKSUM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::detail {

// The parameters of Ross Williams' model ("A Painless Guide to CRC Error Detection Algorithms"), as
// catalogues of CRCs list them. `poly` is without its top bit, not reflected.
struct CrcParameters {
  unsigned width = 16;  // 1..64
  std::uint64_t poly = 0;
  std::uint64_t init = 0;
  bool refin = false;
  bool refout = false;
  std::uint64_t xorout = 0;
  friend bool operator==(const CrcParameters&, const CrcParameters&) = default;
};

// Immutable. Nothing here allocates but the making.
class Checksum {
 public:
  enum class How : std::uint8_t { kCrc, kSum, kNegatedSum, kXor, kAdler32 };

  // All numbers of `crc` fit in its width.
  explicit Checksum(const CrcParameters& crc);
  // Anything but a CRC. `bytes` is how many the value has; only sums have a choice.
  explicit Checksum(How how, std::size_t bytes);

  How how() const { return how_; }
  const CrcParameters& crc() const { return crc_; }
  std::size_t bytes() const { return bytes_; }

  std::uint64_t Begin() const { return begin_; }
  std::uint64_t Extend(std::uint64_t state, ByteView bytes) const;
  std::uint64_t End(std::uint64_t state) const;

  std::uint64_t Of(ByteView bytes) const { return End(Extend(begin_, bytes)); }
  // The checksum of `size` bytes that move a state on from `before` to `after`. O(log size).
  std::uint64_t Between(std::uint64_t before, std::uint64_t after, std::uint64_t size) const {
    return End(Moved(begin_, before, after, size));
  }
  // Where the same bytes move another state on to.
  std::uint64_t Moved(std::uint64_t state, std::uint64_t before, std::uint64_t after,
                      std::uint64_t size) const;

 private:
  struct CrcTables;

  std::uint64_t TimesX(std::uint64_t factor) const;
  std::uint64_t Times(std::uint64_t a, std::uint64_t b) const;
  std::uint64_t RunCrc(std::uint64_t state, ByteView bytes) const;

  How how_;
  std::size_t bytes_;
  std::uint64_t begin_ = 0;
  CrcParameters crc_ = {};
  enum class Library : std::uint8_t { kNone, kCrc32, kCrc32c } library_ = Library::kNone;
  std::shared_ptr<const CrcTables> tables_ = {};
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_FILTERS_CHECKSUM_H_
