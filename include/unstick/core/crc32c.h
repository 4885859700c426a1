// CRC-32C (Castagnoli), the checksum of the structured header.

#ifndef UNSTICK_CORE_CRC32C_H_
#define UNSTICK_CORE_CRC32C_H_

#include <cstdint>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0 {

// A CRC-32C as RFC 3720 (appendix B.4) and RFC 9260 define it: Crc32c of "123456789" is 0xe3069283.
// A type of its own, so that a checksum is never mistaken for a size or an id: there is no
// arithmetic, only comparison and the number for the wire.
class Crc32c {
 public:
  Crc32c() = default;  // of no bytes
  explicit Crc32c(ByteView bytes) { *this = Crc32c().Extended(bytes); }

  // The checksum of what this is the checksum of, followed by `bytes`. O(bytes), about 3 ns for 64
  // bytes and 30 GB/s and more for long ones (`./run bench` prints both).
  UNSTICK_EXPORT Crc32c Extended(ByteView bytes) const;

  std::uint32_t value() const { return value_; }
  friend bool operator==(Crc32c, Crc32c) = default;

 private:
  std::uint32_t value_ = 0;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_CRC32C_H_
